import { BYTES, Reader } from "./reader.js";

/** Whether `message` has a length-delimited field of this number at its top level. */
export function hasField(message: Uint8Array, field: number): boolean {
  return fieldsOf(message, field).length > 0;
}

/** The contents of every length-delimited field of this number, in order. */
export function fieldsOf(message: Uint8Array, field: number): readonly Buffer[] {
  const bytes = asBuffer(message);
  const reader = new Reader(bytes);
  const found: Buffer[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag !== field * 8 + BYTES) {
      reader.skip(tag);
      continue;
    }
    const content = reader.message();
    found.push(bytes.subarray(content.position, content.end));
  }
  return found;
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
