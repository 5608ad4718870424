import { joinRawBytes, rawByte } from "./quote.js";
import { syntaxError } from "./syntax-error.js";

const backslash = 0x5c;
const lineFeed = 0x0a;

/**
 * Reads the quoted text whose first delimiter is at `start`.
 *
 * Bytes written as `\xff` or `\377` that are not UTF-8 become the stand-ins that `Selector` describes.
 */
export function unquote(input: string, start: number): { readonly text: string; readonly end: number } {
  const end = findEnd(input, start);
  const inside = input.slice(start + 1, end);
  const text = inside.includes("\\") ? unescape(inside, input, start) : inside;
  return { text: text.isWellFormed() ? text : joinRawBytes(text), end: end + 1 };
}

function findEnd(input: string, start: number): number {
  const delimiter = input.charCodeAt(start);
  for (let at = start + 1; at < input.length; at++) {
    const code = input.charCodeAt(at);
    if (code === delimiter) return at;
    if (code === lineFeed) throw syntaxError(input, at, "a line ends inside quotes; write \\n");
    if (code === backslash) at++;
  }
  throw syntaxError(input, start, "this quote is never closed");
}

const letters: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

const escaped = /\\(?:[0-3][0-7]{2}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[^])/g;

function unescape(inside: string, input: string, start: number): string {
  const delimiter = input.charAt(start);
  return inside.replace(escaped, (sequence, offset: number) => {
    const char = sequence.charAt(1);
    const text = char === delimiter ? char : (letters[sequence.slice(1)] ?? decode(sequence));
    return text ?? refuse(input, start + 1 + offset, delimiter);
  });
}

/** The character, or the stand-in for the byte, that a numeric escape names. */
function decode(sequence: string): string | undefined {
  if (sequence.length < 4) return undefined;
  const isOctal = /^\\\d/.test(sequence);
  const code = Number.parseInt(sequence.slice(isOctal ? 1 : 2), isOctal ? 8 : 16);
  if (code > 0x10ffff) return undefined;
  if (sequence.length === 4 && code > 0x7f) return rawByte(code);
  return String.fromCodePoint(code).toWellFormed(); // as Go, which makes U+FFFD of half a surrogate pair
}

function refuse(input: string, position: number, delimiter: string): never {
  const known = `\\a \\b \\f \\n \\r \\t \\v \\\\ \\${delimiter} \\ooo \\xhh \\uhhhh \\Uhhhhhhhh`;
  const found = String.fromCodePoint(input.codePointAt(position + 1) ?? 0);
  throw syntaxError(input, position, `\\${found} is no escape; there are ${known}, and a backslash is written \\\\`);
}
