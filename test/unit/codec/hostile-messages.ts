import type { DescField, DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { ImageSchema } from "../../../gen/containerd/services/images/v1/images_pb.js";
import type { Random } from "../../support/random.js";

/** A message as a careless or hostile peer may send it: fields in any number, order and shape. */
export function hostileMessage(random: Random, desc: DescMessage): Buffer {
  const fields =
    desc.fields.length === 0 ? [] : Array.from({ length: random.below(7) }, () => pick(random, desc.fields));
  const known = fields.map((field) => hostileField(random, field));
  const bytes = Buffer.concat(random.oneIn(4) ? [...known, unknownField(random)] : known);
  return random.oneIn(25) ? mutated(random, bytes) : bytes;
}

/** An image of which protobuf-es writes the bytes that a server would send. */
export function usualImage(random: Random): MessageInitShape<typeof ImageSchema> {
  const { name, mediaType, digest } = { name: text(random), mediaType: text(random), digest: text(random) };
  const target = { mediaType, digest, size: random.pick(numbers), annotations: usualLabels(random) };
  const [createdAt, updatedAt] = [usualTimestamp(random), usualTimestamp(random)];
  return { name, labels: usualLabels(random), target, createdAt, updatedAt };
}

function usualLabels(random: Random): Record<string, string> {
  const count = random.oneIn(10) ? 12 + random.below(10) : random.below(4);
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [random.oneIn(3) ? text(random) : text(random) + n, text(random)]),
  );
}

function usualTimestamp(random: Random): { seconds: bigint; nanos: number } {
  return { seconds: random.pick(numbers), nanos: random.pick([0, 1, 999_999_999]) };
}

function text(random: Random): string {
  return random.pick(texts);
}

/** Bytes with one bit, byte, stretch or end changed. */
export function mutated(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random.below(5)) {
    case 0:
      return Buffer.concat([before, random.bytes(1 + random.below(4)), after]);
    case 1:
      return Buffer.concat([before, after.subarray(1 + random.below(4))]);
    case 2:
      return before;
    case 3:
      return Buffer.concat([before, after.subarray(0, random.below(40)), after]);
    default:
      return withBitFlipped(random, bytes);
  }
}

function withBitFlipped(random: Random, bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(bytes.length);
  const byte = copy[at];
  if (byte !== undefined) copy[at] = byte ^ (1 << random.below(8));
  return copy;
}

function pick(random: Random, fields: readonly DescField[]): DescField | undefined {
  return fields[random.below(fields.length)];
}

function hostileField(random: Random, field: DescField | undefined): Buffer {
  if (field === undefined) return Buffer.alloc(0);
  const wireType = random.oneIn(60) ? random.below(8) : isVarint(field) ? 0 : 2;
  return Buffer.concat([varint(random, field.number * 8 + wireType), fieldContent(random, field)]);
}

function isVarint(field: DescField): boolean {
  return field.fieldKind === "scalar" && field.scalar !== STRING;
}

const STRING = 9;

function fieldContent(random: Random, field: DescField): Buffer {
  if (isVarint(field)) return varint64(random);
  if (field.fieldKind === "map") return delimited(random, hostileEntry(random));
  if (field.message !== undefined) return delimited(random, hostileMessage(random, field.message));
  return delimited(random, hostileText(random));
}

// The key, the value, both, neither, or each of them more than once.
function hostileEntry(random: Random): Buffer {
  const usual = [1, 2];
  const numbers = random.oneIn(5) ? Array.from({ length: random.below(4) }, () => 1 + random.below(3)) : usual;
  const fields = numbers.map((number) => {
    if (number > 2) return unknownField(random);
    return Buffer.concat([varint(random, number * 8 + 2), delimited(random, hostileText(random))]);
  });
  return Buffer.concat(fields);
}

const texts = [
  "",
  "a",
  "env",
  "prod",
  "__proto__",
  "constructor",
  "7",
  "containerd.io/gc.ref.content.config",
  "containerd.io/gc.ref.content.0",
  "application/vnd.oci.image.index.v1+json",
  `sha256:${"0".repeat(64)}`,
  "\ufeffbyte order mark",
  "\ufffd",
  "ü\u0000\n",
  "名前🐳",
  "x".repeat(200),
] as const;

const notUtf8 = ["ff", "c080", "eda080", "f0909f", "61e282", "f5808080", "80"] as const;

function hostileText(random: Random): Buffer {
  if (random.oneIn(150)) return Buffer.from(random.pick(notUtf8), "hex");
  if (random.oneIn(10)) return Buffer.from(String.fromCodePoint(...codePoints(random)));
  return Buffer.from(random.pick(texts));
}

function codePoints(random: Random): number[] {
  const limit = random.pick([0x80, 0x800, 0xd800, 0x10ffff]);
  const points = Array.from({ length: random.below(40) }, () => random.below(limit));
  return points.filter((point) => point < 0xd800 || point > 0xdfff);
}

function delimited(random: Random, content: Buffer): Buffer {
  return Buffer.concat([varint(random, claimedLength(random, content.length)), content]);
}

function claimedLength(random: Random, length: number): number {
  if (!random.oneIn(200)) return length;
  return random.pick([length + 1, Math.max(0, length - 1), length + random.below(200), 2 ** 31, 2 ** 32 - 1]);
}

function unknownField(random: Random): Buffer {
  const number = random.pick([4, 6, 9, 15, 16, 1_000, 2 ** 29 - 1]);
  const wireType = random.oneIn(20) ? random.below(8) : random.pick([0, 1, 2, 3, 5]);
  return Buffer.concat([varint(random, number * 8 + wireType), unknownContent(random, number, wireType)]);
}

function unknownContent(random: Random, number: number, wireType: number): Buffer {
  switch (wireType) {
    case 0:
      return random.oneIn(10) ? overlong(random, 3, 15) : varint64(random);
    case 1:
      return random.bytes(8);
    case 2:
      return delimited(random, random.bytes(random.below(20)));
    case 3:
      return group(random, number, random.oneIn(6) ? 95 + random.below(8) : random.below(4));
    case 5:
      return random.bytes(4);
    default:
      return Buffer.alloc(0);
  }
}

// The bytes after the start of a group: its fields, `depth` nested groups, and its end.
function group(random: Random, number: number, depth: number): Buffer {
  const inner = depth === 0 ? Buffer.alloc(0) : Buffer.concat([varint(random, 2 * 8 + 3), group(random, 2, depth - 1)]);
  const end = random.oneIn(100) ? number + 1 : number;
  const field =
    depth < 5 && random.oneIn(3) ? Buffer.concat([varint(random, 3 * 8), varint64(random)]) : Buffer.alloc(0);
  return Buffer.concat([field, inner, varint(random, end * 8 + 4)]);
}

/** An unsigned number below 2^32, sometimes with more bytes than necessary. */
function varint(random: Random, value: number): Buffer {
  return random.oneIn(400) ? overlong(random, value, 3 + random.below(9)) : varintOf(BigInt(value));
}

function overlong(random: Random, value: number, bytes: number): Buffer {
  const short = [...varintOf(BigInt(value))];
  if (short.length >= bytes) return Buffer.from(short);
  const padding = Array.from({ length: bytes - short.length - 1 }, () => 0x80);
  return Buffer.from([...short.map((byte) => byte | 0x80), ...padding, random.oneIn(4) ? random.below(128) : 0]);
}

const numbers = [
  0n,
  1n,
  127n,
  128n,
  7_682n,
  999_999_999n,
  1_700_000_000n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n - 1n,
  2n ** 53n + 1n,
  2n ** 63n - 1n,
  -1n,
  -62_135_596_800n,
  8_640_000_000_001n,
  -8_640_000_000_001n,
  -(2n ** 63n),
] as const;

function varint64(random: Random): Buffer {
  if (random.oneIn(30)) return overlong(random, random.below(2 ** 31), 6 + random.below(6));
  const value = random.oneIn(4) ? random.bytes(8).readBigInt64LE() >> BigInt(random.below(64)) : random.pick(numbers);
  return varintOf(BigInt.asUintN(64, value));
}

function varintOf(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
