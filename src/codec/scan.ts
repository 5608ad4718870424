import { asBuffer, Reader } from "./reader.js";
import { BYTES, tagOf, VARINT } from "./tag.js";

/** Whether `message` has a length-delimited field of this number at its top level. */
export function hasField(message: Uint8Array, field: number): boolean {
  return lastField(message, field) !== undefined;
}

/**
 * The contents of every length-delimited field of this number, in order.
 *
 * A field with this number but another wire type is ignored, as the server does.
 */
export function fieldsOf(message: Uint8Array, field: number): readonly Buffer[] {
  const bytes = asBuffer(message);
  const found: Buffer[] = [];
  eachField(bytes, field, (start, end) => found.push(bytes.subarray(start, end)));
  return found;
}

/** The contents of the last such field, which is the one that counts. The others take no memory. */
export function lastField(message: Uint8Array, field: number): Buffer | undefined {
  const bytes = asBuffer(message);
  let last: readonly [start: number, end: number] | undefined;
  eachField(bytes, field, (...place) => {
    last = place;
  });
  return last && bytes.subarray(...last);
}

/**
 * The contents of all such fields, one after the other, as protobuf merges the parts of a message. Millions of parts,
 * which a peer can send, take no more memory than the message.
 */
export function joinedFields(message: Uint8Array, field: number): Buffer {
  const bytes = asBuffer(message);
  const joined = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  eachField(bytes, field, (start, end) => {
    length += bytes.copy(joined, length, start, end);
  });
  return joined.subarray(0, length);
}

/** The value of the last varint field of this number; 0 without one. */
export function lastVarint(message: Uint8Array, field: number): number {
  const reader = new Reader(message);
  let value = 0;
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === tagOf(field, VARINT)) value = reader.int64();
    else reader.skip(tag);
  }
  return value;
}

function eachField(bytes: Buffer, field: number, use: (start: number, end: number) => void): void {
  const reader = new Reader(bytes);
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === tagOf(field, BYTES)) {
      const end = reader.fieldEnd();
      use(reader.position, end);
      reader.position = end;
    } else reader.skip(tag);
  }
}
