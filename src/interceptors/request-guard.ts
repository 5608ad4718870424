import { comparesNothing, withTarget } from "../codec/encoded-request.js";
import { ValidationError } from "../errors.js";
import { type Call, isRaw, namespaceOf } from "../rpc/call.js";
import { type Channel, intercepted } from "../rpc/invoker.js";
import type { Request } from "../rpc/request.js";
import { MalformedMessage, type ResponseDecoder } from "../rpc/response-decoder.js";

/**
 * The daemon accepts and sends no message over 16 MiB, unless it is configured otherwise. The response to a create has
 * the two dates of the record in addition, 38 bytes at most: without room for them the record could never be read.
 */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024 - 64;

const NO_DIGEST = "target.digest is empty, so the server would delete the record without a comparison";

/**
 * Makes sure that no request can crash the daemon.
 *
 * Servers from 1.7 on crash if `image` or `image.target` is absent from a create or an update. The guard checks the
 * bytes that will be sent, so it works for `raw` too. It adds what is absent as an empty message, which servers read as
 * "not given".
 *
 * It rejects a delete with a target that has no digest, because servers delete the record then, and a request that is
 * too large, which could block the connection.
 */
export function requestGuard(next: Channel): Channel {
  const raw = async <T>(request: Request, call: Call, decoder: ResponseDecoder<T>): Promise<T> => {
    try {
      return await next.unary(safe(request, call), call, decoder);
    } catch (error) {
      // The user may have put invalid bytes into unknown fields. This is found before the request is sent.
      if (!(error instanceof MalformedMessage)) throw error;
      throw rejected(`the request is no protobuf message: ${error.message}`, request, call);
    }
  };
  return intercepted(next, {
    unary: (request, call, decoder) =>
      isRaw(call) ? raw(request, call, decoder) : next.unary(safe(request, call), call, decoder),
  });
}

function safe(request: Request, call: Call): Request {
  const complete = withTarget(request);
  if (complete.bytes.length > MAX_REQUEST_BYTES) throw rejected(tooLarge(complete), complete, call);
  if (comparesNothing(complete)) throw rejected(NO_DIGEST, complete, call);
  return complete;
}

function tooLarge({ bytes }: Request): string {
  return `the request takes ${bytes.length} bytes; at most ${MAX_REQUEST_BYTES} leave room for the response`;
}

function rejected(message: string, { imageName }: Request, call: Call): ValidationError {
  const { method } = call;
  return new ValidationError([{ path: "", message }], { method, namespace: namespaceOf(call), imageName });
}
