import { asBuffer, BYTES, Reader } from "./reader.js";

/** Whether `message` has a length-delimited field of this number at its top level. */
export function hasField(message: Uint8Array, field: number): boolean {
  return fieldsOf(message, field).length > 0;
}

/**
 * The contents of every length-delimited field of this number, in order.
 *
 * A field of another wire type is another field: that is how the server reads a request.
 */
export function fieldsOf(message: Uint8Array, field: number): readonly Buffer[] {
  const bytes = asBuffer(message);
  const reader = new Reader(bytes);
  const found: Buffer[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === field * 8 + BYTES) {
      const end = reader.fieldEnd();
      found.push(bytes.subarray(reader.position, end));
      reader.position = end;
    } else reader.skip(tag);
  }
  return found;
}
