import { type ErrorCode, ImagesError, isImagesError } from "../errors.js";
import { RpcFailure } from "../rpc/failure.js";

// What a server says that does not offer the service, not to everybody, or not so much of it. Other codes are also made
// up for dead streams.
const refusals: ReadonlySet<ErrorCode> = new Set([
  "unimplemented",
  "permission_denied",
  "unauthenticated",
  "resource_exhausted",
]);

/** How a subscription ends: as one of the refusals, or as `unavailable`. */
export function subscriptionError(cause: unknown, namespace: string): ImagesError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ImagesError(`subscribe in namespace ${JSON.stringify(namespace)}: ${message}`, {
    code: cause instanceof RpcFailure && isRefusal(cause) ? cause.code : "unavailable",
    method: "subscribe",
    namespace,
    attempts: 1,
    outcome: "not-applied",
    cause,
  });
}

/** Whether the server has said that it does not want the request. */
export function isRefusal({ code }: RpcFailure): boolean {
  return refusals.has(code);
}

/** Whether a subscription ended because it was refused. */
export function isRefused(error: unknown): boolean {
  return isImagesError(error) && refusals.has(error.code);
}

/** Whether a subscription ended because its connection was lost, and not because the peer has ended it. */
export function isLost(error: unknown): boolean {
  return isImagesError(error) && error.cause instanceof RpcFailure && error.cause.evidence === "no-answer";
}
