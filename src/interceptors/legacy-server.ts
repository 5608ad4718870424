import { getRequest } from "../codec/requests.js";
import { bytesResponse } from "../codec/responses.js";
import { hasTimestamp } from "../codec/times.js";
import { ImagesError } from "../errors.js";
import type { Image, WritableField } from "../image.js";
import type { Call } from "../rpc/call.js";
import { type Channel, type Invoker, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";
import { isOfCall } from "./error-of-call.js";
import { InspectingDecoder } from "./inspecting-decoder.js";
import { unchangedError } from "./to-images-error.js";

/**
 * Everything that the library knows about the first version of the Images service, of June 2017.
 *
 * Its Update ignores the field mask and the labels, and always sets the target to that of the request, so an update of
 * labels would erase the target. It also creates missing records, and its response has no record. Its records have no
 * timestamps, which shows that the server is so old. So each update is preceded by a Get, until one response on this
 * channel has had a timestamp.
 */
export function legacyServer(next: Channel): Channel {
  /** Whether one response has had a timestamp. */
  let isModern = false;
  const inspect = (response: Uint8Array) => {
    isModern ||= hasTimestamp(response);
  };
  const update = async <T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> => {
    const get = getRequest(request.imageName ?? "");
    isModern = await call.uncounted(() => respondsWithTimestamp(next, get, call));
    if (isModern) return next.unary(request, call, decoder);
    if (writesMore(request)) throw unsupported(request, call);
    await next.unary(request, call, bytesResponse);
    return next.unary(get, call, decoder).catch(rethrowUnsettled);
  };
  return intercepted(next, {
    unary: (request, call, decoder) => {
      if (isModern || !respondsWithImage(request)) return next.unary(request, call, decoder);
      // Every server rejects an update without a name, so no Get is needed before it.
      if (request.method.name === "update" && request.imageName) return update(request, call, decoder);
      return next.unary(request, call, new InspectingDecoder(decoder, inspect));
    },
  });
}

function respondsWithImage({ method: { name } }: Request): boolean {
  return name === "get" || name === "create" || name === "update";
}

// A server without Get is not the one of 2017. A test server that has only Update is treated as a modern one.
async function respondsWithTimestamp(next: Invoker, get: Request, call: Call): Promise<boolean> {
  try {
    return await next.unary(get, call, { whole: hasTimestamp });
  } catch (error) {
    if (isOfCall(error, "unimplemented")) return true;
    throw error;
  }
}

// The error of a read says that nothing was changed, but the update before it was applied.
function rethrowUnsettled(error: unknown): never {
  throw isOfCall(error) ? new ImagesError(error.message, { ...error, cause: error.cause, outcome: "unknown" }) : error;
}

/** For each field of a record: whether that server would lose what the update writes. */
const LOSES_SOME: { readonly [Field in WritableField]: (image: Image) => boolean } = {
  target: ({ target }) => Object.keys(target.annotations).length > 0,
  labels: ({ labels }) => Object.keys(labels).length > 0,
};

function writesMore({ image, maskPaths }: Request): boolean {
  return maskPaths.some((path) => path !== "target") || Object.values(LOSES_SOME).some((loses) => loses(image));
}

function unsupported({ imageName }: Request, call: Call): ImagesError {
  const lacks = "the server keeps no labels or annotations and ignores field masks (containerd before 1.0)";
  return unchangedError(`${lacks}; the update was not sent`, call, {
    code: "unimplemented",
    imageName,
    hint: "upgrade the server to containerd 1.0 or newer, or change only the target",
  });
}
