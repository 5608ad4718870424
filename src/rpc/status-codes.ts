import type { ErrorCode } from "../errors.js";

/** The names of gRPC's status codes in the order of their numbers, from 1 on; 0 is success. */
export const STATUS_CODES: readonly ErrorCode[] = [
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

/** The name of the status code with this number; `unknown` for a number that gRPC does not define. */
export function codeName(code: number): ErrorCode {
  return STATUS_CODES[code - 1] ?? "unknown";
}
