import { FilterSyntaxError } from "../errors.js";

const context = 40; // UTF-16 units shown on each side

/** Says where a filter string cannot be read, as a compiler would: the text, and a caret below the place. */
export function syntaxError(input: string, position: number, reason: string): FilterSyntaxError {
  const start = position > context ? position - context : 0;
  const before = (start > 0 ? "…" : "") + visible(input.slice(start, position));
  const rest = input.slice(position, position + context);
  const after = visible(rest) + (position + context < input.length ? "…" : "");
  const caret = " ".repeat(Array.from(before).length);
  const message = `filter, character ${position + 1}: ${reason}\n  ${before}${after}\n  ${caret}^`;
  return new FilterSyntaxError(message, { input, position, reason });
}

/** One column for each character, so that the caret stays below its own. */
function visible(text: string): string {
  return text.toWellFormed().replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u00b7");
}
