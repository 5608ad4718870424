import { type ErrorCode, isImagesError } from "../errors.js";
import { failureOf } from "../stages/report.js";

const transientCodes: ReadonlySet<ErrorCode> = new Set(["unavailable", "deadline_exceeded", "aborted", "unknown"]);

/** Whether a watch goes on after this failure: the same request may succeed later without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  if (!isImagesError(error)) return false;
  const failure = failureOf(error);
  if (failure === undefined) return transientCodes.has(error.code);
  if (failure.kind === "misconfigured") return false;
  return failure.kind === "unreachable" || failure.kind === "broken" || transientCodes.has(error.code);
}
