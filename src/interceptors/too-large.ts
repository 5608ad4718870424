import type { ErrorWithCode } from "../errors.js";
import { failureOf, isOfCall } from "./error-of-call.js";

/**
 * Whether the server has rejected a List because the response would be over 16 MiB; a namespace that has so much holds
 * images. A rate limit has the same code.
 */
export function isTooLarge(error: unknown): error is ErrorWithCode<"resource_exhausted"> {
  return isOfCall(error, "resource_exhausted") && failureOf(error)?.evidence === "answered";
}
