import { imageNameOf } from "../codec/peek.js";
import { fieldsOf, hasField } from "../codec/scan.js";
import { bytesField } from "../codec/writer.js";
import { ValidationError } from "../errors.js";
import { type Call, namespaceOf } from "../rpc/call.js";
import { CREATE, type Method, UPDATE } from "../rpc/method.js";
import { MalformedMessage, type Invoker } from "../rpc/invoker.js";

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
export function requestGuard(wire: Invoker): Invoker {
  return {
    unary: async (method, request, call, decoder) => {
      try {
        const safe = method === CREATE || method === UPDATE ? withTarget(request) : request;
        if (safe.length > MAX_REQUEST_BYTES) throw refused(tooLarge(safe), method, safe, call);
        return await wire.unary(method, safe, call, decoder);
      } catch (error) {
        // Unknown fields that a user of raw has filled with anything; found before the request is sent.
        if (!(error instanceof MalformedMessage)) throw error;
        throw refused(`the request is no protobuf message: ${error.message}`, method, request, call);
      }
    },
  };
}

// Submessages that come in parts merge, so what is absent can be put in front.
function withTarget(request: Uint8Array): Uint8Array {
  const images = fieldsOf(request, 1);
  if (images.some((image) => hasField(image, 3))) return request;
  return Buffer.concat([EMPTY_IMAGE, request]);
}

function tooLarge({ length }: Uint8Array): string {
  return `the request takes ${length} bytes; containerd accepts at most ${MAX_REQUEST_BYTES}`;
}

function refused(message: string, method: Method, request: Uint8Array, call: Call): ValidationError {
  return new ValidationError([{ path: "", message }], {
    method: method.name,
    namespace: namespaceOf(call),
    imageName: imageNameOf(method, request),
  });
}
