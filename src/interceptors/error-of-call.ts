import { type ErrorCode, ImagesError } from "../errors.js";
import type { RpcFailure } from "../rpc/failure.js";
import { CallSite } from "../util/call-site.js";

/**
 * What a call has thrown, for its caller: the stack trace of an error of this library begins at the call site. All else
 * stays as it is; it comes from the caller, for example from `onRetry`.
 */
export function atCaller(thrown: unknown, callSite = new CallSite()): unknown {
  return isOfCall(thrown) ? callSite.mark(thrown) : thrown;
}

/**
 * What callers' own functions have thrown. It may be an error of another call, and then it says nothing about the call
 * that it has ended.
 */
export const thrownByCallers = new WeakSet<object>();

/**
 * Whether this is the error of a call, and has this code if one is given. What the call's own caller has thrown is
 * none, whatever it is.
 */
export function isOfCall(error: unknown, code?: ErrorCode): error is ImagesError {
  const isError = !thrownByCallers.has(Object(error)) && error instanceof ImagesError;
  return isError && (code === undefined || error.code === code);
}

/** Remembers the failure that an error is made from, for {@link failureOf}. */
export function keepFailure(error: ImagesError, failure: RpcFailure): ImagesError {
  return Object.defineProperty(error, FAILURE, { value: failure });
}

/** The key under which an error keeps its failure. The property is not enumerable, so it is not printed or copied. */
const FAILURE = Symbol("failure");

/** The failure that an error was made from, for code that decides by its evidence or its kind. */
export function failureOf(error: unknown): RpcFailure | undefined {
  return isOfCall(error) ? (error as { readonly [FAILURE]?: RpcFailure })[FAILURE] : undefined;
}
