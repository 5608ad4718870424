import { shorten } from "../errors.js";
import { re2Engine } from "./re2-engine.js";

/** Throws the error for a pattern that no Go can read, or that this library does not run. */
export function failPattern(reason: string): never {
  throw new SyntaxError(reason);
}

/** The result of `read`, or of `otherwise` if `read` finds that the pattern cannot be read. */
export function readPattern<T>(read: () => T, otherwise: (problem: string) => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof re2Engine().RE2JSSyntaxException)
      return otherwise(shorten(error.message));
    throw error;
  }
}
