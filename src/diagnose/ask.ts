import { requestOf } from "../codec/encoded-request.js";
import type { ClientCalls, SendOptions } from "../core/client-calls.js";
import { DIAGNOSE_TIMEOUT_MS } from "../defaults.js";
import type { ImagesError } from "../errors.js";
import { failureOf, isOfCall } from "../interceptors/error-of-call.js";
import type { RpcFailure } from "../rpc/failure.js";
import type { Method } from "../rpc/method.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";

/** One retry, because a connection that has died since the last call is not yet a problem. */
const RETRY = { maxAttempts: 2 };

/** The result of a read: a value, or why there is none. */
type Result<T> =
  | { readonly value: T; readonly failed?: undefined }
  | { readonly value?: undefined; readonly failed: FailedCall };

/** The error of a call, and the failure that it was made from. */
export interface FailedCall {
  readonly error: ImagesError;
  readonly failure: RpcFailure;
}

/** Sends one small read. It rejects only if the caller cancels or the client is closed, or if `onRetry` throws. */
export async function ask<T>(
  calls: ClientCalls,
  method: Method,
  decoder: ResponseDecoder<T>,
  { timeoutMs = DIAGNOSE_TIMEOUT_MS, ...given }: SendOptions,
): Promise<Result<T>> {
  const options = { ...given, timeoutMs, retry: RETRY };
  try {
    return { value: await calls.send("diagnose", requestOf(method), options, decoder) };
  } catch (error) {
    const failure = failureOf(error);
    const isOfClosedClient = failure?.kind === "ended" && failure.code === "unavailable"; // not about the daemon
    if (!isOfCall(error) || failure === undefined || isOfClosedClient || given.signal?.aborted === true) throw error;
    return { failed: { error, failure } };
  }
}
