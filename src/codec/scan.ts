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
  const found: Buffer[] = [];
  eachField(message, field, (contents) => found.push(contents));
  return found;
}

/** The contents of the last such field, which is the one that counts; the others are not held meanwhile. */
export function lastField(message: Uint8Array, field: number): Buffer | undefined {
  let last: Buffer | undefined;
  eachField(message, field, (contents) => {
    last = contents;
  });
  return last;
}

function eachField(message: Uint8Array, field: number, use: (contents: Buffer) => void): void {
  const bytes = asBuffer(message);
  const reader = new Reader(bytes);
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === field * 8 + BYTES) {
      const end = reader.fieldEnd();
      use(bytes.subarray(reader.position, end));
      reader.position = end;
    } else reader.skip(tag);
  }
}
