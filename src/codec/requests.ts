import type { Descriptor, Image, WritableField } from "../image.js";
import { CREATE, DELETE, GET, LIST, UPDATE } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import {
  CREATE_REQUEST,
  DELETE_REQUEST,
  DESCRIPTOR,
  FIELD_MASK,
  GET_REQUEST,
  IMAGE,
  LIST_REQUEST,
  TIMESTAMP,
  UPDATE_REQUEST,
} from "./fields.js";
import { requestOf } from "./request.js";
import { boolField, bytesField, intField, mapField, stringField } from "./writer.js";

/** A record as a request carries it. The target of an update that does not change it has empty fields. */
export type ImageFields = Pick<Image, "name" | WritableField>;

/** A `GetImageRequest`. */
export function getRequest(name: string): Request {
  return requestOf(GET, stringField(GET_REQUEST.name, name));
}

/** A `ListImagesRequest`; an empty filter is sent too, because it selects everything. */
export function listRequest(filters: readonly string[]): Request {
  return requestOf(LIST, Buffer.concat(filters.map((filter) => bytesField(LIST_REQUEST.filters, Buffer.from(filter)))));
}

/** A `CreateImageRequest`. */
export function createRequest(image: ImageFields, sourceDateEpoch: Date | undefined): Request {
  return requestOf(
    CREATE,
    Buffer.concat([
      bytesField(CREATE_REQUEST.image, ...encodeImage(image)),
      timestampField(CREATE_REQUEST.sourceDateEpoch, sourceDateEpoch),
    ]),
  );
}

/** An `UpdateImageRequest`; without `paths` it replaces the whole record. */
export function updateRequest(
  image: ImageFields,
  paths: readonly string[],
  sourceDateEpoch: Date | undefined,
): Request {
  const mask = paths.map((path) => bytesField(FIELD_MASK.paths, Buffer.from(path)));
  return requestOf(
    UPDATE,
    Buffer.concat([
      bytesField(UPDATE_REQUEST.image, ...encodeImage(image)),
      mask.length === 0 ? Buffer.alloc(0) : bytesField(UPDATE_REQUEST.updateMask, ...mask),
      timestampField(UPDATE_REQUEST.sourceDateEpoch, sourceDateEpoch),
    ]),
  );
}

/** A `DeleteImageRequest`; a `digest` makes it conditional on servers from 2.0 on. */
export function deleteRequest(name: string, sync: boolean, digest: string | undefined): Request {
  const target =
    digest === undefined ? [] : [bytesField(DELETE_REQUEST.target, stringField(DESCRIPTOR.digest, digest))];
  return requestOf(
    DELETE,
    Buffer.concat([stringField(DELETE_REQUEST.name, name), boolField(DELETE_REQUEST.sync, sync), ...target]),
  );
}

/** The encoded fields of a message. A new field does not compile until it is written. */
type Encoded<Message> = { readonly [Field in keyof Message]: Uint8Array };

function encodeImage({ name, labels, target }: ImageFields): readonly Uint8Array[] {
  const fields: Encoded<ImageFields> = {
    name: stringField(IMAGE.name, name),
    labels: mapField(IMAGE.labels, labels),
    // Written even when it is empty: a server from 1.7 on crashes without it.
    target: bytesField(IMAGE.target, ...encodeDescriptor(target)),
  };
  return Object.values(fields);
}

function encodeDescriptor({ mediaType, digest, size, annotations }: Descriptor): readonly Uint8Array[] {
  const fields: Encoded<Descriptor> = {
    mediaType: stringField(DESCRIPTOR.mediaType, mediaType),
    digest: stringField(DESCRIPTOR.digest, digest),
    size: intField(DESCRIPTOR.size, size),
    annotations: mapField(DESCRIPTOR.annotations, annotations),
  };
  return Object.values(fields);
}

function timestampField(field: number, date: Date | undefined): Buffer {
  if (date === undefined) return Buffer.alloc(0);
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1_000);
  return bytesField(
    field,
    intField(TIMESTAMP.seconds, seconds),
    intField(TIMESTAMP.nanos, (ms - seconds * 1_000) * 1e6),
  );
}
