import assert from "node:assert/strict";
import { it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { imagesResponse } from "../../../src/codec/responses.js";
import { bytesField, intField, stringField } from "../../support/encoded-fields.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const RECORDS = 20_000;
const VALUE_BYTES = 100;

/** A list of records as servers write them, each with one label. */
function list(value: (index: number) => string): Buffer {
  const record = (_: unknown, index: number) =>
    bytesField(
      1,
      stringField(1, "app:1"),
      bytesField(2, stringField(1, "owner"), stringField(2, value(index).padEnd(VALUE_BYTES))),
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

it("the values of labels that recur are in memory once", () => {
  const [recurring, unique] = [list((index) => `${index % 20}`), list(String)];
  heapPerRecord(recurring);
  const savedBytes = heapPerRecord(unique) - heapPerRecord(recurring);
  assert.ok(savedBytes > 0.8 * VALUE_BYTES, `${savedBytes} bytes less for each record`);
});
