import { type ErrorCode, isImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";

const transientCodes: ReadonlySet<ErrorCode> = new Set(["unavailable", "deadline_exceeded", "aborted", "unknown"]);

/** Whether a watch goes on after this failure: the same request may succeed later without anybody doing anything. */
export function isTransient(error: unknown): boolean {
  if (!isImagesError(error)) return false;
  const kind = failureOf(error)?.kind;
  if (kind === "misconfigured") return false;
  return kind === "unreachable" || kind === "broken" || transientCodes.has(error.code);
}
