import { type Cursor, take } from "./cursor.js";
import { failAt } from "./errors.js";

/** Writes any text as a double-quoted literal that every containerd reads back as the same bytes. */
export function quote(text: string): string {
  const json = JSON.stringify(text).replaceAll("\ufffd", "\\ufffd");
  // Each match is a whole escape sequence, so an escaped backslash before "udc80" is not taken for the start of one.
  return json.replace(/\\(?:udc(..)|.)/g, (sequence, byte?: string) => (byte ? `\\x${byte}` : sequence));
}

/**
 * Reads quoted text; the cursor is at the opening quote.
 *
 * A byte that is written as `\xff` or `\377` and is not part of a UTF-8 character becomes a lone surrogate, as
 * `Selector` says.
 */
export function unquote(cursor: Cursor): string {
  const { input, at } = cursor;
  const delimiter = take(cursor, PIECE);
  let piece = "";
  do piece = take(cursor, PIECE) || failAt({ input, at }, "unclosed quote");
  while (piece !== delimiter);
  const text = input.slice(at + 1, cursor.at - 1).replace(ESCAPE_SEQUENCE, (sequence, offset: number) => {
    const character = characterOf(sequence, delimiter);
    return character ?? failAt({ input, at: at + 1 + offset }, "unknown escape; a backslash is \\\\");
  });
  return joinRawBytes(text);
}

/**
 * A piece of a quoted text. One expression for all of it would overflow the stack where there are millions of pieces.
 */
const PIECE = /\\.|["/|]|[^\\"/|\n]+/sy;
const ESCAPE_SEQUENCE = /\\(?:[0-3][0-7]{2}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)/gs;
/** The letters that stand for the control characters 7 to 13. */
const CONTROLS = "abtnvfr";

/** What an escape sequence stands for; `undefined` if containerd does not know it. */
function characterOf(sequence: string, delimiter: string): string | undefined {
  const letter = sequence.charAt(1);
  if (letter === delimiter || letter === "\\") return letter;
  const control = CONTROLS.indexOf(letter);
  if (sequence.length === 2) return control < 0 ? undefined : byteEscape(control + 7);
  const code = Number(/\d/.test(letter) ? `0o${sequence.slice(1)}` : `0x${sequence.slice(2)}`);
  // containerd keeps the code in 32 bits with a sign, and takes a negative one for a byte.
  if (sequence.length === 4 || code >= 0x80000000) return byteEscape(code & 0xff);
  return code > 0x10ffff ? undefined : String.fromCodePoint(code).toWellFormed(); // Go: half a pair is U+FFFD
}

/** A byte as text. From 0x80 on it is no character by itself: a lone surrogate stands for it. */
function byteEscape(code: number): string {
  return String.fromCharCode(code < 0x80 ? code : code | 0xdc00);
}

// With the flag u, a surrogate matches only where it stands alone.
const UTF8_SEQUENCE =
  /(?:[\udcc2-\udcdf]|[\udce0-\udcef][\udc80-\udcbf]|[\udcf0-\udcf4][\udc80-\udcbf]{2})[\udc80-\udcbf]/gu;

/** Decodes the lone bytes that together are UTF-8. */
function joinRawBytes(text: string): string {
  return text.replace(UTF8_SEQUENCE, (bytes) => {
    try {
      return decodeURIComponent(JSON.stringify(bytes).slice(1, -1).replaceAll("\\udc", "%"));
    } catch {
      return bytes; // an overlong form, a surrogate, or a number beyond U+10FFFF
    }
  });
}
