import { requestOf } from "../codec/request.js";
import type { ClientCalls } from "../core/client-calls.js";
import { DIAGNOSE_TIMEOUT_MS } from "../defaults.js";
import { type ImagesError, isImagesError } from "../errors.js";
import type { CallOptions } from "../options.js";

import type { Method } from "../rpc/method.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";

/** A connection that has died since the last call is not yet a problem. */
const RETRY = { maxAttempts: 2 };

/** What a read without parameters brought: a value, or why there is none. */
type Result<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: ImagesError };

/** Sends one small read. Rejects only when the caller gives up, and for what is no `ImagesError`. */
export async function ask<T>(
  calls: ClientCalls,
  method: Method,
  decoder: ResponseDecoder<T>,
  { signal, headers, timeoutMs = DIAGNOSE_TIMEOUT_MS }: CallOptions,
): Promise<Result<T>> {
  const options = { signal, headers, timeoutMs, retry: RETRY };
  try {
    return { value: await calls.send("diagnose", requestOf(method), options, decoder) };
  } catch (error) {
    if (!isImagesError(error) || signal?.aborted === true) throw error;
    return { error };
  }
}
