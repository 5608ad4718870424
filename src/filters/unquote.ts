import { type Cursor, fail } from "./cursor.js";
import { byte, joinRawBytes } from "./quote.js";

/**
 * Reads quoted text; the cursor is at its first delimiter.
 *
 * Bytes written as `\xff` or `\377` that are not UTF-8 become the stand-ins that `Selector` describes.
 */
export function unquote(cursor: Cursor): string {
  const { input, at } = cursor;
  const end = findEnd(cursor);
  cursor.at = end + 1;
  const text = input.slice(at + 1, end).replace(escapeSequence, (sequence, offset: number) => {
    const char = sequence.charAt(1);
    if (char === input[at] || char === "\\") return char;
    const code = codeOf(sequence);
    const isByte = sequence.length === 4 || code >= 0x80000000; // Go's 32 bits make that negative, and take it for one
    if (code < 0 || (code > 0x10ffff && !isByte))
      fail({ input, at: at + 1 + offset }, "unknown escape; a backslash is \\\\");
    if (isByte) return byte(code & 0xff);
    return String.fromCodePoint(code).toWellFormed(); // Go makes U+FFFD of half a surrogate pair
  });
  return text.isWellFormed() ? text : joinRawBytes(text);
}

function findEnd(cursor: Cursor): number {
  const { input, at } = cursor;
  for (let end = at + 1; end < input.length && input[end] !== "\n"; end++) {
    if (input[end] === input[at]) return end;
    if (input[end] === "\\") end++;
  }
  return fail(cursor, "unclosed quote");
}

const escapeSequence = /\\(?:[0-3][0-7]{2}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)/gs;
const controls = "\0\0\0\0\0\0\0abtnvfr"; // each at its code; NUL is nowhere in a filter

function codeOf(sequence: string): number {
  if (sequence.length === 2) return controls.indexOf(sequence.charAt(1));
  return Number(sequence < "\\8" ? `0o${sequence.slice(1)}` : `0x${sequence.slice(2)}`);
}
