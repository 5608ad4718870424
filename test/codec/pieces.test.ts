import assert from "node:assert/strict";
import { test } from "node:test";
import { imagesAnswer } from "../../src/codec/answers.js";
import { bytesField, mapField, stringField } from "../../src/codec/writer.js";
import { MalformedMessage, type MessagePieces } from "../../src/wire/wire.js";

const PIECE_BYTES = 16 * 1_024;

function pieces(): MessagePieces<readonly { readonly name: string }[]> {
  assert.ok(imagesAnswer.pieces !== undefined);
  return imagesAnswer.pieces();
}

function record(name: string, ...more: readonly Uint8Array[]): Buffer {
  return bytesField(1, stringField(1, name), ...more);
}

// Counts the bytes that are joined while a message comes piece by piece.
function joinedBytes(t: { readonly mock: typeof import("node:test").mock }, message: Buffer): number {
  const concat = t.mock.method(Buffer, "concat");
  const reader = pieces();
  for (let start = 0; start < message.length; start += PIECE_BYTES) {
    reader.push(message.subarray(start, start + PIECE_BYTES));
  }
  try {
    reader.end();
  } catch (error) {
    assert.ok(error instanceof MalformedMessage);
  }
  concat.mock.restore();
  return concat.mock.calls.reduce((sum, { result }) => sum + (result?.length ?? 0), 0);
}

test("each byte of one 15 MB record is joined once", (t) => {
  const labels = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`label-${n}`, "x".repeat(3_800)]));
  const message = record("large", mapField(2, labels));
  assert.ok(message.length > 15e6);
  assert.ok(joinedBytes(t, message) <= message.length + PIECE_BYTES);
});

test("each byte of 10,000 records is joined once", (t) => {
  const message = Buffer.concat(
    Array.from({ length: 10_000 }, (_, n) => record(`image-${n}`, mapField(2, { n: "7".repeat(300) }))),
  );
  assert.ok(joinedBytes(t, message) <= message.length * 1.1);
});

const large = Buffer.alloc(8e6, 0x01);
const endless: Readonly<Record<string, Buffer>> = {
  "an unknown group": Buffer.concat([Buffer.of(0x7b), Buffer.from("0801".repeat(1e6), "hex")]),
  "an unknown varint": Buffer.concat([Buffer.of(0x78), Buffer.alloc(4e6, 0x80)]),
  "a record that never ends": Buffer.concat([Buffer.from("0affffffff0f", "hex"), large]),
};

for (const [what, message] of Object.entries(endless)) {
  test(`${what} costs no more than a few times its length`, (t) => {
    assert.ok(joinedBytes(t, message) <= 4 * message.length);
  });
}

test("a record is read by the piece that completes it, not at the end", () => {
  const reader = pieces();
  const bad = record("ok", Buffer.of(0x38));
  reader.push(record("a"));
  reader.push(bad.subarray(0, 3));
  assert.throws(() => reader.push(bad.subarray(3)), MalformedMessage);
});

test("bytes that begin no field are refused at once", () => {
  assert.throws(() => pieces().push(Buffer.of(0)), MalformedMessage);
});

test("an answer that ends within a record is refused", () => {
  for (const cut of [1, 2, 3]) {
    const reader = pieces();
    reader.push(record("a").subarray(0, cut));
    assert.throws(() => reader.end(), /ends within a record/);
  }
});

test("an empty answer has no images", () => {
  assert.deepEqual(pieces().end(), []);
  assert.deepEqual(imagesAnswer.whole(new Uint8Array()), []);
});
