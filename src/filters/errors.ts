import { FilterSyntaxError, type ImagesError, ValidationError } from "../errors.js";
import { excerpt } from "../util/excerpt.js";
import { printable, shortened } from "../util/printable.js";
import type { Cursor } from "./cursor.js";

/** How much of a selector or a pattern a message shows, in UTF-16 units. */
const MAX_SHOWN_LENGTH = 60;

/** What is done with an error before it is thrown. */
let beforeThrow: (error: ImagesError) => void = () => {};

/**
 * Sets what is done with every error of a filter function before it is thrown. The client makes its stack trace begin
 * at the caller. `./filters` alone does not, because the code for that would be a twentieth of it, and it is kept
 * small.
 */
export function onFilterError(prepare: (error: ImagesError) => void): void {
  beforeThrow = prepare;
}

function thrown(error: ImagesError): never {
  beforeThrow(error);
  throw error;
}

/** Throws the error for an argument of a filter function; `path` names the argument. */
export function refuse(path: string, message: string): never {
  return thrown(
    new ValidationError([{ path: printable(path), message: printable(message) }], { method: "filter", namespace: "" }),
  );
}

/** Throws the error for a filter string. Like a compiler, it shows the text around the place, and a caret below it. */
export function failAt({ input, at }: Cursor, reason: string): never {
  const message = `filter, position ${at}: ${reason}\n${excerpt(input, at)}`;
  return thrown(new FilterSyntaxError(message, { input, position: at, reason }));
}

/** Shortens a text of any length for a message. */
export function shorten(text: string): string {
  return shortened(text, MAX_SHOWN_LENGTH);
}
