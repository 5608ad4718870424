import assert from "node:assert/strict";
import { it } from "node:test";
import { imageResponse, imagesResponse } from "../../../src/codec/responses.js";
import type { Image } from "../../../src/image.js";
import { MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { bytesField, intField, stringField } from "../../support/encoded-fields.js";
import { isLong } from "../../support/is-long.js";
import type { Random } from "../../support/random.js";
import { forSeeds } from "./seeds.js";

type Entry = readonly [key: string, value: string];

const keys = [
  "env",
  "__proto__",
  "constructor",
  "7",
  "10",
  "07",
  "",
  "Env",
  "env.",
  "ü",
  "名前",
  "🐳",
  "\ufffd",
] as const;

const DATES = [bytesField(7, intField(1, 1)), bytesField(8, intField(1, 1))];

/** A response with an image that has these labels, and the same as annotations. */
function response(entries: readonly Entry[], dates = DATES): Buffer {
  const fields = (field: number) =>
    entries.map(([key, value]) => bytesField(field, stringField(1, key), stringField(2, value)));
  return bytesField(1, stringField(1, "app:1"), ...fields(2), bytesField(3, ...fields(5)), ...dates);
}

/** The image of a response as servers write it. One without dates is read by other code, with the same labels. */
function read(entries: readonly Entry[]): Image {
  const image = imageResponse.whole(response(entries));
  const other = imageResponse.whole(response(entries, []));
  assert.equal(JSON.stringify([other.labels, other.target]), JSON.stringify([image.labels, image.target]));
  return image;
}

it("the last key and value of a label count, and a value that passes its end is refused", () => {
  const labels = (...entry: readonly Buffer[]) =>
    imageResponse.whole(bytesField(1, bytesField(2, ...entry), bytesField(3), ...DATES)).labels;
  const [key, value] = [stringField(1, "k"), stringField(2, "v")];
  assert.deepEqual(labels(key, value, stringField(2, "w")), { k: "w" });
  assert.deepEqual(labels(key, value, stringField(1, "l")), { l: "v" });
  assert.throws(() => labels(key, Buffer.of(0x12, 2, 0x76)), MalformedMessage); // of two bytes, where one is left
});

it("empty entries and unknown fields of a target are read as protobuf reads them, in the fast way too", () => {
  const labelled = imageResponse.whole(bytesField(1, bytesField(2), bytesField(3), ...DATES));
  const annotated = imageResponse.whole(bytesField(1, bytesField(3, bytesField(5)), ...DATES));
  assert.deepEqual([labelled.labels, annotated.target.annotations], [{ "": "" }, { "": "" }]);
  const undated = imageResponse.whole(bytesField(1, bytesField(3, ...DATES))); // they look like those of an image
  assert.deepEqual([undated.createdAt, undated.updatedAt], [new Date(0), new Date(0)]);
});

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

it("two reads of a record have the same JSON, in whatever order its labels come", (t) => {
  forSeeds(t, isLong ? 2_000 : 300, (random) => {
    const more = random.some(random.pick([3, 40]), () => `key-${random.below(1_000)}`);
    const distinct = [...new Set([...random.some(8, () => random.pick(keys)), ...more])];
    const entries = distinct.map((key): Entry => [key, `value of ${key}`]);
    const [first, second] = [read(shuffled(entries, random)), read(shuffled(entries, random))];
    assert.equal(JSON.stringify(first), JSON.stringify(second));
    assert.deepEqual(Object.entries(first.labels).sort(), entries.toSorted());
    assert.deepEqual(Object.keys(first.target.annotations), Object.keys(first.labels));
  });
});

for (const count of [3, 16, 17, 1_000, 20_000]) {
  it(`${count} labels are sorted by key`, (t) => {
    forSeeds(t, 1, (random) => {
      const sorted = Array.from({ length: count }, (_, n) => `key-${n}`).sort();
      const { labels, target } = read(shuffled(sorted, random).map((key) => [key, "x"]));
      assert.deepEqual(Object.keys(labels), sorted);
      assert.deepEqual(Object.keys(target.annotations), sorted);
    });
  });
}

it("more than 20,000 labels are all there", () => {
  const labels = Object.fromEntries(Array.from({ length: 20_001 }, (_, n) => [`key-${n}`, `${n}`]));
  assert.deepEqual(read(Object.entries(labels)).labels, labels);
});

it("of a key that comes twice the later value holds, among few and among many", () => {
  for (const count of [1, 15, 16, 17, 100]) {
    const entries = Array.from({ length: count }, (_, n): Entry => [`key-${n}`, "first"]);
    const { labels } = read([["key-0", "early"], ...entries, ["key-0", "late"]]);
    assert.equal(labels["key-0"], "late");
    assert.equal(Object.keys(labels).length, count);
  }
});

it("the labels of a record do not depend on those of the records before it", (t) => {
  const letters = ["a", "b", "c", "d"] as const;
  forSeeds(t, isLong ? 20_000 : 4_000, (random) => {
    const entries = random.some(5, (): Entry => [random.pick(letters), `${random.below(1_000)}`]);
    const { labels, target } = read(entries);
    const expected = Object.fromEntries(Object.entries(Object.fromEntries(entries)).sort());
    assert.equal(JSON.stringify([labels, target.annotations]), JSON.stringify([expected, expected]));
  });
});

it("labels of a message that comes in parts are sorted together", () => {
  const parts = Buffer.concat([response([["b", "1"]]), response([["a", "2"]]), response([["b", "3"]])]);
  assert.equal(JSON.stringify(imageResponse.whole(parts).labels), '{"a":"2","b":"3"}');
});

it("a list sorts them, too", () => {
  const [image] = imagesResponse.whole(
    response([
      ["b", "1"],
      ["a", "2"],
    ]),
  );
  assert.deepEqual(Object.keys(image?.labels ?? {}), ["a", "b"]);
});
