import { MalformedMessage } from "../rpc/response-decoder.js";

const SLOTS = 1_024;
const MAX_LENGTH = 128;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `Buffer.prototype.utf8Slice` is a fifth faster than `toString`; every Node has it, its types do not. */
interface Utf8Buffer extends Buffer {
  utf8Slice(start: number, end: number): string;
}

/** Decodes bytes; throws {@link MalformedMessage} for what is not UTF-8. */
export function textAt(bytes: Buffer, start: number, end: number): string {
  const text = (bytes as Utf8Buffer).utf8Slice(start, end); // every Buffer has the method
  // U+FFFD is either in the text, or stands for bytes that are not UTF-8; the strict decoder tells which.
  if (text.includes("\ufffd")) checkUtf8(bytes.subarray(start, end));
  return text;
}

function checkUtf8(bytes: Uint8Array): void {
  try {
    strictUtf8.decode(bytes);
  } catch (cause) {
    throw new MalformedMessage("a string is not valid UTF-8", { cause });
  }
}

// Short ASCII texts, each in the slot of its hash, until another text with the same hash takes the slot.
const recent = new Array<string>(SLOTS).fill("");

/**
 * The same for text that recurs from record to record, such as label keys and media types.
 *
 * To recognise a text costs less than to decode it, and the string that is found is one that V8 already knows as a
 * property name.
 */
export function recurringTextAt(bytes: Buffer, start: number, end: number): string {
  const slot = slotOf(bytes, start, end);
  const known = recent[slot] ?? "";
  if (isAt(known, bytes, start, end)) return known;
  const text = textAt(bytes, start, end);
  // A text of as many characters as bytes is ASCII.
  if (text.length === end - start && text.length <= MAX_LENGTH) recent[slot] = text;
  return text;
}

// Keys of one vendor begin with the same characters, so the hash is made of the last ones.
function slotOf(bytes: Buffer, start: number, end: number): number {
  const last = bytes[end - 1] ?? 0;
  const nextToLast = bytes[end - 2] ?? 0;
  const middle = bytes[(start + end) >> 1] ?? 0;
  return (last * 31 + nextToLast * 7 + middle * 131 + (end - start) * 17) % SLOTS;
}

function isAt(ascii: string, bytes: Buffer, start: number, end: number): boolean {
  if (ascii.length !== end - start) return false;
  for (let index = 0; index < ascii.length; index += 1) {
    if (ascii.charCodeAt(index) !== bytes[start + index]) return false;
  }
  return true;
}
