import { type ErrorCode, isImagesError } from "../errors.js";
import { WireFailure } from "../wire/failure.js";

const transientCodes: ReadonlySet<ErrorCode> = new Set(["unavailable", "deadline_exceeded", "aborted", "unknown"]);

/** Whether a watch goes on after this failure: the same request may succeed later without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  if (!isImagesError(error)) return false;
  const { cause, code } = error;
  if (!(cause instanceof WireFailure)) return transientCodes.has(code);
  if (cause.kind === "misconfigured") return false;
  return cause.kind === "unreachable" || cause.kind === "broken" || transientCodes.has(code);
}
