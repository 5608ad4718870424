import fc from "fast-check";
import {
  type ImagePatch,
  type Labels,
  type MapPatch,
  type NewDescriptor,
  type NewImage,
  replaceAll,
} from "../../src/index.js";
import { anyCharacter } from "../support/any-character.js";

/** Any text that UTF-8 can encode; all code points are equally likely. */
export const text = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 20 });

// A few keys come often, so that patches and records have keys in common.
const key = fc.oneof(fc.constantFrom("a", "b", "a.b", "__proto__", "labels.a", " "), text);

function mapOf<V>(value: fc.Arbitrary<V>, minLength = 0): fc.Arbitrary<Readonly<Record<string, V>>> {
  // Unlike assignment, fromEntries keeps a key called __proto__.
  return fc.array(fc.tuple(key, value), { minLength, maxLength: 5 }).map((entries) => Object.fromEntries(entries));
}

export const labels: fc.Arbitrary<Labels> = mapOf(text);

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });

export const digest: fc.Arbitrary<string> = fc.oneof(
  hex(64).map((value) => `sha256:${value}`),
  hex(96).map((value) => `sha384:${value}`),
  hex(128).map((value) => `sha512:${value}`),
);

export const descriptor: fc.Arbitrary<NewDescriptor> = fc.record(
  { mediaType: text, digest, size: fc.maxSafeNat().map((size) => Math.max(1, size)), annotations: labels },
  { requiredKeys: ["mediaType", "digest", "size"] },
);

export const image: fc.Arbitrary<NewImage> = fc.record(
  { name: text, target: descriptor, labels },
  { requiredKeys: ["name", "target"] },
);

const mapPatch: fc.Arbitrary<MapPatch> = fc.oneof(
  mapOf(fc.option(text), 1),
  labels.map((entries) => replaceAll(entries)),
);

export const patch: fc.Arbitrary<ImagePatch> = fc
  .record({ labels: mapPatch, annotations: mapPatch, target: descriptor }, { requiredKeys: [] })
  .filter((changes) => Object.keys(changes).length > 0);

/** Values of every kind that JavaScript has. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  }),
  fc.constantFrom<unknown>(
    Symbol("symbol"),
    () => "function",
    class Class {},
    new Error("error"),
    Promise.resolve("promise"),
    "\ud800",
    "n".repeat(5_000),
    -0,
    2 ** 53,
    Number.NaN,
  ),
);

/** A value of `arbitrary`, or sometimes any other value. */
export function loosely(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 25, arbitrary }, { weight: 1, arbitrary: anything });
}

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** An object with these fields. Sometimes a field is missing, has another value, or is added. */
export function looseRecord(required: Fields, optional: Fields = {}): fc.Arbitrary<unknown> {
  const entries = Object.entries({ ...required, ...optional });
  const fields = Object.fromEntries(entries.map(([field, value]) => [field, loosely(value)]));
  return fc.oneof(
    { weight: 20, arbitrary: fc.record(fields, { requiredKeys: Object.keys(required) }) },
    { weight: 1, arbitrary: fc.record({ ...fields, unknown: anything }, { requiredKeys: [] }) },
    { weight: 1, arbitrary: anything },
  );
}
