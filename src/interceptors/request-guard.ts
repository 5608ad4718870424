import { withTarget } from "../codec/request.js";
import { ValidationError } from "../errors.js";
import { type Call, namespaceOf } from "../rpc/call.js";
import { type Channel, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import { MalformedMessage } from "../rpc/response-decoder.js";

/** The daemon takes no larger message, unless it is configured to. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/**
 * Makes sure that no request can bring the daemon down.
 *
 * Servers from 1.7 on crash when `image` or `image.target` is absent from a create or update. It looks at the bytes
 * that will be sent, so it holds for `raw` too, and adds what is absent as an empty message, which they read as
 * "not given" and answer normally. A request over 16 MiB is refused before it can wedge the connection.
 */
export function requestGuard(next: Channel): Channel {
  return intercepted(next, {
    unary: async (request, call, decoder) => {
      try {
        const safe = withTarget(request);
        if (safe.bytes.length > MAX_REQUEST_BYTES) throw rejected(tooLarge(safe), safe, call);
        return await next.unary(safe, call, decoder);
      } catch (error) {
        // Unknown fields that a user of `raw` has filled with anything; found before the request is sent.
        if (!(error instanceof MalformedMessage)) throw error;
        throw rejected(`the request is no protobuf message: ${error.message}`, request, call);
      }
    },
  });
}

function tooLarge({ bytes }: Request): string {
  return `the request takes ${bytes.length} bytes; containerd accepts at most ${MAX_REQUEST_BYTES}`;
}

function rejected(message: string, { imageName }: Request, call: Call): ValidationError {
  const { method } = call;
  return new ValidationError([{ path: "", message }], { method, namespace: namespaceOf(call), imageName });
}
