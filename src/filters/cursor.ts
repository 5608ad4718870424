import { FilterSyntaxError } from "../errors.js";
import { printable } from "../util/printable.js";

/** A place in a filter string; reading moves it. */
export interface Cursor {
  readonly input: string;
  at: number;
}

const context = 40; // UTF-16 units shown on each side

/** Says where a filter string cannot be read, as a compiler would: the text around, and a caret below the place. */
export function fail({ input, at }: Cursor, reason: string): never {
  const before = printable(input.slice(Math.max(0, at - context), at));
  const after = printable(input.slice(at, at + context));
  const caret = `${" ".repeat([...before].length)}^`;
  throw new FilterSyntaxError(`filter, position ${at}: ${reason}\n  ${before}${after}\n  ${caret}`, {
    input,
    position: at,
    reason,
  });
}

export function peek({ input, at }: Cursor): string {
  return input.charAt(at);
}

/** Reads what `expression`, which finds at least nothing, finds at the cursor. */
export function take(cursor: Cursor, expression: RegExp): string {
  const { input, at } = cursor;
  expression.lastIndex = at;
  expression.test(input);
  cursor.at = expression.lastIndex;
  return input.slice(at, cursor.at);
}
