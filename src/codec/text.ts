import { MalformedMessage } from "../rpc/response-decoder.js";

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
