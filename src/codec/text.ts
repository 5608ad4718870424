import { isUtf8 } from "node:buffer";
import { MalformedMessage } from "../rpc/response-decoder.js";

/** Bytes, and a view of them that reads four at once. */
export interface TextBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Methods of every Buffer that are faster than `toString`; its types do not have them. */
interface SlicedBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

export function textBytes(bytes: Buffer): TextBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** Decodes bytes; throws {@link MalformedMessage} for what is not UTF-8. */
export function textAt({ bytes, view }: TextBytes, start: number, end: number): string {
  // Nearly all texts are ASCII, which takes less time to find out than to look for what is not UTF-8.
  return isAscii(view, start, end) ? (bytes as SlicedBuffer).latin1Slice(start, end) : utf8At(bytes, start, end);
}

function isAscii(view: DataView, start: number, end: number): boolean {
  let bits = 0;
  let at = start;
  for (; at < end - 3; at += 4) bits |= view.getInt32(at);
  for (; at < end; at += 1) bits |= view.getInt8(at);
  return (bits & 0x80_80_80_80) === 0;
}

function utf8At(bytes: Buffer, start: number, end: number): string {
  const text = (bytes as SlicedBuffer).utf8Slice(start, end);
  // U+FFFD is either in the text, or stands for bytes that are not UTF-8.
  if (!text.includes("\ufffd") || isUtf8(bytes.subarray(start, end))) return text;
  throw new MalformedMessage("a string is not valid UTF-8");
}
