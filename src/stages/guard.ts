import { imageNameOf } from "../codec/peek.js";
import { fieldsOf, hasField } from "../codec/scan.js";
import { bytesField } from "../codec/writer.js";
import { ValidationError } from "../errors.js";
import { namespaceOf } from "../wire/call.js";
import { CREATE, type Method, UPDATE } from "../wire/method.js";
import type { Wire } from "../wire/wire.js";

/** The daemon takes no larger message, unless it is configured to. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

const EMPTY_TARGET = bytesField(3);
const EMPTY_IMAGE = bytesField(1, EMPTY_TARGET);

/**
 * Makes sure that no request can bring the daemon down.
 *
 * Servers from 1.7 on crash when `image` or `image.target` is absent from a create or update. It looks at the bytes
 * that will be sent, so it holds for `raw` too, and adds what is absent as an empty message, which they read as
 * "not given" and answer normally. A request over 16 MiB is refused before it can wedge the connection.
 */
export function guarded(wire: Wire): Wire {
  return {
    unary: async (method, request, call, decoder) => {
      const safe = method === CREATE || method === UPDATE ? withTarget(request) : request;
      if (safe.length > MAX_REQUEST_BYTES) throw tooLarge(method, safe, namespaceOf(call));
      return wire.unary(method, safe, call, decoder);
    },
  };
}

// Submessages that come in parts merge, so what is absent can be put in front.
function withTarget(request: Uint8Array): Uint8Array {
  const images = fieldsOf(request, 1);
  if (images.some((image) => hasField(image, 3))) return request;
  return Buffer.concat([EMPTY_IMAGE, request]);
}

function tooLarge(method: Method, request: Uint8Array, namespace: string): ValidationError {
  const message = `the request takes ${request.length} bytes; containerd accepts at most ${MAX_REQUEST_BYTES}`;
  return new ValidationError([{ path: "", message }], {
    method: method.name,
    namespace,
    imageName: imageNameOf(method, request),
  });
}
