import { MAP_ENTRY } from "../../src/codec/fields.js";
import { BYTES, tagOf, VARINT } from "../../src/codec/tag.js";

const NOTHING = Buffer.alloc(0);

/** A varint of a safe integer that is not negative. */
function varint(value: number): Buffer {
  if (value < 0x80) return Buffer.of(value);
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A length-delimited field, present even when empty. */
export function bytesField(field: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([varint(tagOf(field, BYTES)), varint(length), ...parts]);
}

/** A string field; proto3 leaves an empty one out. */
export function stringField(field: number, value: string): Buffer {
  return value === "" ? NOTHING : bytesField(field, Buffer.from(value));
}

/** An int32 or int64 field of a safe integer; proto3 leaves zero out. */
export function intField(field: number, value: number): Buffer {
  if (value === 0) return NOTHING;
  return Buffer.concat([varint(tagOf(field, VARINT)), value > 0 ? varint(value) : negativeVarint(value)]);
}

// Ten bytes of two's complement: nine with seven bits each, and the sign.
function negativeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (bytes.length < 9) {
    const bits = ((rest % 0x80) + 0x80) % 0x80;
    bytes.push(bits | 0x80);
    rest = (rest - bits) / 0x80;
  }
  return Buffer.from([...bytes, 1]);
}

/** A `map<string, string>` field. */
export function mapField(field: number, map: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(map);
  if (entries.length === 0) return NOTHING;
  return Buffer.concat(entries.map((entry) => bytesField(field, ...encodeEntry(entry))));
}

function encodeEntry([key, value]: readonly [key: string, value: string]): readonly Buffer[] {
  return [stringField(MAP_ENTRY.key, key), stringField(MAP_ENTRY.value, value)];
}
