import type { Image } from "../image.js";
import type { Method } from "../rpc/method.js";
import type { Request, RequestKind } from "../rpc/request.js";
import { MalformedMessage } from "../rpc/response-decoder.js";
import {
  CREATE_REQUEST,
  DELETE_REQUEST,
  DESCRIPTOR,
  FIELD_MASK,
  GET_REQUEST,
  IMAGE,
  IMAGE_RESPONSE,
  UPDATE_REQUEST,
} from "./fields.js";
import { imageResponse } from "./responses.js";
import { fieldsOf, hasField, joinedFields, lastField, lastVarint } from "./scan.js";
import { timestampIn } from "./times.js";
import { encoded } from "./writer.js";

/** A request of these bytes. */
export function requestOf(method: Method, bytes: Uint8Array = NO_BYTES): Request {
  return new EncodedRequest(method, bytes);
}

const NO_BYTES = new Uint8Array();

/**
 * The same request with an image and a target in it, where a create or update has none: empty ones, which servers read
 * as "not given". They can be put in front, because protobuf merges a message that comes in several parts.
 */
export function withTarget(request: Request): Request {
  const { method, bytes } = request;
  if (method.name !== "create" && method.name !== "update") return request;
  if (hasField(joinedFields(bytes, CREATE_REQUEST.image), IMAGE.target)) return request;
  return requestOf(method, Buffer.concat([emptyImage(), bytes]));
}

function emptyImage(): Uint8Array {
  return encoded(undefined, (message) =>
    message.message(CREATE_REQUEST.image, undefined, (image) => image.text(IMAGE.target, "")),
  );
}

/** Whether a request is a delete with a target, but without a digest to compare: servers compare nothing then. */
export function comparesNothing({ isConditional, bytes }: Request): boolean {
  return isConditional && !lastText(joinedFields(bytes, DELETE_REQUEST.target), DESCRIPTOR.digest);
}

class EncodedRequest implements Request {
  readonly method: Method;
  readonly bytes: Uint8Array;
  #kind: RequestKind | undefined;
  #imageName: { readonly value: string | undefined } | undefined;
  #image: Image | undefined;

  constructor(method: Method, bytes: Uint8Array) {
    this.method = method;
    this.bytes = bytes;
  }

  get kind(): RequestKind {
    this.#kind ??= kindOf(this);
    return this.#kind;
  }

  get imageName(): string | undefined {
    this.#imageName ??= { value: ifReadable(() => imageNameIn(this)) };
    return this.#imageName.value;
  }

  get isConditional(): boolean {
    return this.method.name === "delete" && hasField(this.bytes, DELETE_REQUEST.target);
  }

  get maskPaths(): readonly string[] {
    if (this.method.name !== "update") return [];
    const mask = joinedFields(this.bytes, UPDATE_REQUEST.updateMask);
    return fieldsOf(mask, FIELD_MASK.paths).map((path) => path.toString());
  }

  get sourceDateEpochNs(): bigint | undefined {
    const { method, bytes } = this;
    if (method.name === "create") return timestampIn(bytes, CREATE_REQUEST.sourceDateEpoch);
    return method.name === "update" ? timestampIn(bytes, UPDATE_REQUEST.sourceDateEpoch) : undefined;
  }

  get image(): Image {
    // Requests that carry a record have it in the field in which responses have theirs.
    this.#image ??= imageResponse.whole(this.bytes);
    return this.#image;
  }
}

function kindOf({ method: { name }, bytes }: Request): RequestKind {
  switch (name) {
    case "create":
    case "update":
      return name;
    case "delete":
      return ifReadable(() => lastVarint(bytes, DELETE_REQUEST.sync)) ? "sync-delete" : name;
    case "get":
    case "list":
    case "version":
    case "namespaces":
    case "server":
    case "publish": // an event without content
      return "read";
  }
}

function imageNameIn({ method, bytes }: Request): string | undefined {
  switch (method.name) {
    case "get":
      return lastText(bytes, GET_REQUEST.name);
    case "delete":
      return lastText(bytes, DELETE_REQUEST.name);
    case "create":
    case "update":
      return lastText(joinedFields(bytes, CREATE_REQUEST.image), IMAGE.name);
    case "list":
    case "version":
    case "namespaces":
    case "server":
    case "publish":
      return undefined;
  }
}

// The record is in the same field of all these messages; this fails to compile where that changes.
UPDATE_REQUEST.image satisfies typeof CREATE_REQUEST.image;
IMAGE_RESPONSE.image satisfies typeof CREATE_REQUEST.image;

function lastText(message: Uint8Array, field: number): string | undefined {
  return lastField(message, field)?.toString();
}

function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}
