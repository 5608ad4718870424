import assert from "node:assert/strict";
import { it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { imagesResponse } from "../../../src/codec/responses.js";
import { bytesField, intField, stringField } from "../../support/encoded-fields.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const RECORDS = 20_000; // what else changes in the heap counts little for each
const VALUE_BYTES = 100;

/** A list of records as servers write them, with these labels. */
function list(labels: (index: number) => readonly (readonly [key: string, value: string])[]): Buffer {
  const record = (_: unknown, index: number) =>
    bytesField(
      1,
      stringField(1, "app:1"),
      ...labels(index).map(([key, value]) => bytesField(2, stringField(1, key), stringField(2, value))),
      bytesField(3, stringField(1, "text/plain"), stringField(2, "sha256:0"), intField(3, 7)),
      bytesField(7, intField(1, 1)),
      bytesField(8, intField(1, 1)),
    );
  return Buffer.concat(Array.from({ length: RECORDS }, record));
}

function heapPerRecord(message: Buffer): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const images = imagesResponse.whole(message);
  collectGarbage();
  return (process.memoryUsage().heapUsed - before) / images.length;
}

/**
 * The bytes by which a record of `some` takes more memory than one of `others`: the median, because what else happens
 * in the heap disturbs a part of the samples.
 */
function moreBytesPerRecord(some: Buffer, others: Buffer): number {
  heapPerRecord(some);
  heapPerRecord(others);
  const samples = Array.from({ length: 5 }, () => heapPerRecord(some) - heapPerRecord(others));
  return samples.toSorted((a, b) => a - b)[2] ?? Number.NaN;
}

function owner(value: (index: number) => string): Buffer {
  return list((index) => [["owner", value(index).padEnd(VALUE_BYTES)]]);
}

it("the values of labels that recur are in memory once", () => {
  const [recurring, unique] = [owner((index) => `${index % 20}`), owner(String)];
  const savedBytes = moreBytesPerRecord(unique, recurring);
  assert.ok(savedBytes > 0.8 * VALUE_BYTES, `${savedBytes} bytes less for each record`);
});

// In most processes V8 gives each label one pointer (12, 51 and 73 bytes here). In some it does not learn the room that
// the labels need, and they take as much as an object literal would.
for (const [count, mostBytes] of [
  [1, 48],
  [6, 88],
  [9, 120],
] as const) {
  it(`${count} labels whose values recur take no more than an object literal`, () => {
    const [none, some] = [list(() => []), list(() => Array.from({ length: count }, (_, n) => [`key-${n}`, "x"]))];
    const moreBytes = moreBytesPerRecord(some, none);
    assert.ok(moreBytes < mostBytes, `${moreBytes} bytes more for each record`);
  });
}
