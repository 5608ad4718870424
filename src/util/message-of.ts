import { isError } from "./is-error.js";

/** The message of what was thrown, which can be any value. */
export function messageOf(error: unknown): string {
  return isError(error) ? error.message : String(error);
}
