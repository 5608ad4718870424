import { withTarget } from "../codec/request.js";
import { ValidationError } from "../errors.js";
import { type Call, namespaceOf } from "../rpc/call.js";
import { type Channel, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import { MalformedMessage, type ResponseDecoder } from "../rpc/response-decoder.js";

/** The daemon accepts no larger message, unless it is configured otherwise. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/**
 * Makes sure that no request can crash the daemon.
 *
 * Servers from 1.7 on crash if `image` or `image.target` is absent from a create or an update. The guard checks the
 * bytes that will be sent, so it works for `raw` too. It adds what is absent as an empty message, which servers read as
 * "not given". It rejects a request over 16 MiB, which could block the connection.
 */
export function requestGuard(next: Channel): Channel {
  const guarded = async <T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> => {
    try {
      const safe = withTarget(request);
      if (safe.bytes.length > MAX_REQUEST_BYTES) throw rejected(tooLarge(safe), safe, call);
      return await next.unary(safe, call, decoder);
    } catch (error) {
      // A user of `raw` may have put invalid bytes into unknown fields. This is found before the request is sent.
      if (!(error instanceof MalformedMessage)) throw error;
      throw rejected(`the request is no protobuf message: ${error.message}`, request, call);
    }
  };
  return intercepted(next, {
    unary: (request, call, decoder) => {
      // A Get has no target, and nothing in it is read before it is sent.
      const isHarmless = request.method.name === "get" && request.bytes.length <= MAX_REQUEST_BYTES;
      return isHarmless ? next.unary(request, call, decoder) : guarded(request, call, decoder);
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
