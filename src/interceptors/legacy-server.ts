import { bytesResponse } from "../codec/responses.js";
import { imageNameOf } from "../codec/peek.js";
import { encodeGet } from "../codec/requests.js";
import { fieldsOf, hasField } from "../codec/scan.js";
import { ImagesError } from "../errors.js";
import { type Call, namespaceOf } from "../rpc/call.js";
import { GET, type Method, UPDATE } from "../rpc/method.js";
import type { ResponseDecoder, Invoker } from "../rpc/invoker.js";

/**
 * Everything the library knows of the service's first shape, of 2017-06.
 *
 * Its Update ignores the field mask and the labels and points the name at whatever target the request carries, so a
 * label update would wipe the target. It also creates missing records, and answers without the record. Its records
 * have no timestamps, and that is how it is told apart: an update asks for its record first, until one answer on this
 * wire has shown a timestamp.
 */
export function legacyServer(wire: Invoker): Invoker {
  let isModern = false;
  const watched = <T>(decoder: ResponseDecoder<T>): ResponseDecoder<T> => ({
    whole: (message) => {
      isModern ||= hasTimestamp(message);
      return decoder.whole(message);
    },
  });
  const update = async <T>(request: Uint8Array, call: Call, decoder: ResponseDecoder<T>): Promise<T> => {
    const name = imageNameOf(UPDATE, request) ?? "";
    if (name === "") return wire.unary(UPDATE, request, call, decoder); // which every server refuses
    const get = encodeGet(name);
    isModern = await answersWithTimestamp(wire, get, call);
    if (isModern) return wire.unary(UPDATE, request, call, decoder);
    if (needsMore(request)) throw unsupported(request, call);
    await wire.unary(UPDATE, request, call, bytesResponse);
    return wire.unary(GET, get, call, decoder);
  };
  return {
    unary: (method, request, call, decoder) => {
      if (isModern || !answersWithImage(method)) return wire.unary(method, request, call, decoder);
      if (method === UPDATE && fieldsOf(request, 1).length > 0) return update(request, call, decoder);
      return wire.unary(method, request, call, watched(decoder));
    },
  };
}

function answersWithImage({ name }: Method): boolean {
  return name === "get" || name === "create" || name === "update";
}

// A server that has no Get is not of 2017 either; a stand-in that has only Update is taken at its word.
async function answersWithTimestamp(wire: Invoker, get: Uint8Array, call: Call): Promise<boolean> {
  try {
    return await wire.unary(GET, get, call, { whole: hasTimestamp });
  } catch (error) {
    if (!(error instanceof ImagesError)) throw error;
    if (error.code === "unimplemented") return true;
    throw asUpdate(error);
  }
}

/** The failure of a read that an update makes: the caller asked for the update and knows nothing of the read. */
export function asUpdate(error: ImagesError): ImagesError {
  const { code, namespace, imageName, attempts, outcome, hint, cause } = error;
  const message = error.message.replace(/^get /, "update ");
  return new ImagesError(message, { code, method: "update", namespace, imageName, attempts, outcome, hint, cause });
}

function hasTimestamp(answer: Uint8Array): boolean {
  return fieldsOf(answer, 1).some((image) => hasField(image, 7) || hasField(image, 8));
}

// Anything but a bare target: labels, annotations, or a mask that names something else.
function needsMore(request: Uint8Array): boolean {
  const image = Buffer.concat(fieldsOf(request, 1));
  const paths = fieldsOf(request, 2).flatMap((mask) => fieldsOf(mask, 1).map((path) => path.toString()));
  const annotated = fieldsOf(image, 3).some((target) => hasField(target, 5));
  return annotated || hasField(image, 2) || paths.some((path) => path !== "target");
}

function unsupported(request: Uint8Array, call: Call): ImagesError {
  const lacks = "the server keeps no labels or annotations and ignores field masks (containerd before 1.0)";
  return new ImagesError(`update: ${lacks}; nothing was sent`, {
    code: "unimplemented",
    method: "update",
    namespace: namespaceOf(call),
    imageName: imageNameOf(UPDATE, request),
    attempts: 0,
    outcome: "not-applied",
    hint: "upgrade the server to containerd 1.0 or newer, or change only the target",
  });
}
