const NOTHING = Buffer.alloc(0);

/** Bytes of an unsigned varint below 2^35, enough for tags and lengths. */
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
  return Buffer.concat([varint(field * 8 + 2), varint(length), ...parts]);
}

/** A string field; proto3 leaves an empty one out. */
export function stringField(field: number, value: string): Buffer {
  return value === "" ? NOTHING : bytesField(field, Buffer.from(value));
}

/** A bool field; proto3 leaves `false` out. */
export function boolField(field: number, value: boolean): Buffer {
  return value ? Buffer.of(field * 8, 1) : NOTHING;
}

/** An int32 or int64 field of a safe integer; proto3 leaves zero out. */
export function intField(field: number, value: number): Buffer {
  if (value === 0) return NOTHING;
  if (value > 0 && value < 2 ** 35) return Buffer.concat([varint(field * 8), varint(value)]);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.concat([varint(field * 8), Buffer.from([...bytes, Number(rest)])]);
}

/** A `map<string, string>` field. */
export function mapField(field: number, map: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(map);
  if (entries.length === 0) return NOTHING;
  return Buffer.concat(entries.map(([key, value]) => bytesField(field, stringField(1, key), stringField(2, value))));
}
