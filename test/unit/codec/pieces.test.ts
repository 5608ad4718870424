import assert from "node:assert/strict";
import { it } from "node:test";
import { imagesResponse } from "../../../src/codec/responses.js";
import { MalformedMessage, type ResponsePieces } from "../../../src/rpc/response-decoder.js";
import { bytesField, mapField, stringField } from "../../support/encoded-fields.js";
import { forSeeds } from "./seeds.js";

const PIECE_BYTES = 16 * 1_024;

function pieces(): ResponsePieces<readonly { readonly name: string }[]> {
  assert.ok(imagesResponse.pieces !== undefined);
  return imagesResponse.pieces();
}

function record(name: string, ...more: readonly Uint8Array[]): Buffer {
  return bytesField(1, stringField(1, name), ...more);
}

// Counts the bytes that are copied while a message comes piece by piece.
function copiedBytes(t: { readonly mock: typeof import("node:test").mock }, message: Buffer): number {
  const typedArray: Uint8Array = Object.getPrototypeOf(Uint8Array.prototype);
  const set = t.mock.method(typedArray, "set");
  const reader = pieces();
  for (let start = 0; start < message.length; start += PIECE_BYTES) {
    reader.push(message.subarray(start, start + PIECE_BYTES));
  }
  try {
    reader.end();
  } catch (error) {
    assert.ok(error instanceof MalformedMessage);
  }
  set.mock.restore();
  const copied = set.mock.calls.reduce((sum, { arguments: [bytes] }) => sum + bytes.length, 0);
  assert.ok(copied > 0, "the bytes are copied in another way, which is not counted");
  return copied;
}

it("each byte of one 15 MB record is copied once at most", (t) => {
  const labels = Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`label-${n}`, "x".repeat(3_800)]));
  const message = record("large", mapField(2, labels));
  assert.ok(message.length > 15e6);
  assert.ok(copiedBytes(t, message) <= message.length + PIECE_BYTES);
});

it("each byte of 10,000 records is copied once at most", (t) => {
  const message = Buffer.concat(
    Array.from({ length: 10_000 }, (_, n) => record(`image-${n}`, mapField(2, { n: "7".repeat(300) }))),
  );
  assert.ok(copiedBytes(t, message) <= message.length * 1.1);
});

const large = Buffer.alloc(8e6, 0x01);
const endless: Readonly<Record<string, Buffer>> = {
  "an unknown group": Buffer.concat([Buffer.of(0x7b), Buffer.from("0801".repeat(1e6), "hex")]),
  "an unknown varint": Buffer.concat([Buffer.of(0x78), Buffer.alloc(4e6, 0x80)]),
  "a label that never ends": Buffer.concat([Buffer.from("0affffffff0f12f0ffffff0f", "hex"), large]),
};

for (const [what, message] of Object.entries(endless)) {
  it(`${what} costs no more than a few times its length`, (t) => {
    assert.ok(copiedBytes(t, message) <= 4 * message.length);
  });
}

it("a record is read by the piece that completes it, not at the end", () => {
  const bad = record("ok", Buffer.of(0x38));
  for (const cut of [1, 3]) {
    const reader = pieces();
    reader.push(Buffer.concat([record("another"), bad.subarray(0, cut)]));
    assert.throws(() => reader.push(bad.subarray(cut)), MalformedMessage);
  }
});

it("a large record is read while it arrives", () => {
  const reader = pieces();
  reader.push(Buffer.from("0affffffff0f", "hex"));
  assert.throws(() => reader.push(Buffer.alloc(10, 0x01)), /no tag/);
});

it("a large target is read while it arrives", () => {
  const reader = pieces();
  reader.push(Buffer.from("0affffffff0f1affffff0f", "hex"));
  assert.throws(() => reader.push(Buffer.alloc(10, 0x01)), /no tag/);
});

it("a large target that passes the end of its record is refused there, not at its own end", () => {
  const reader = pieces();
  const [record, target] = [100_000, 200_000].map((length) => bytesField(1, Buffer.alloc(length)).subarray(1, 4));
  assert.ok(record !== undefined && target !== undefined);
  const content = Buffer.alloc(100_000).fill(Buffer.of(0x78, 0));
  reader.push(Buffer.concat([Buffer.of(0x0a), record, Buffer.of(0x1a), target, content.subarray(0, 90_000)]));
  assert.throws(() => reader.push(content), MalformedMessage);
});

it("a large record is the same in whatever pieces it comes", (t) => {
  forSeeds(t, 20, (random) => {
    const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`label-${n}`, "x".repeat(n % 150)]));
    const target = bytesField(3, stringField(1, "a/b"), mapField(5, labels), stringField(2, "sha256:1"));
    const message = Buffer.concat([record("small"), record("large", mapField(2, labels), target), record("last")]);
    const reader = pieces();
    for (let start = 0; start < message.length; ) {
      const end = start + random.pick([1, 2, 3, 100, 5_000, PIECE_BYTES]);
      reader.push(message.subarray(start, end));
      start = end;
    }
    assert.deepEqual(reader.end(), imagesResponse.whole(message));
  });
});

it("a large record, and a field in it, that end too late or too early are refused", () => {
  const labels = mapField(2, Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`label-${n}`, "x"])));
  const large = record("large", labels);
  for (const difference of [-1, 1]) {
    const header = bytesField(1, Buffer.alloc(large.length + difference)).subarray(0, 4);
    const reader = pieces();
    assert.throws(() => {
      reader.push(Buffer.concat([header, large.subarray(4)]));
      reader.end();
    }, MalformedMessage);
  }
});

it("labels and timestamps of more than 100 fields are refused", () => {
  for (const [field, tag, what] of [
    [2, 0x0a, "label"],
    [7, 0x08, "timestamp"],
  ] as const) {
    const read = (count: number) => {
      const fields = Buffer.alloc(2 * count).fill(Buffer.of(tag, 0));
      return imagesResponse.whole(record("a", bytesField(field, fields)));
    };
    assert.equal(read(100).length, 1);
    assert.throws(() => read(101), new MalformedMessage(`a ${what} of more than 100 fields`));
  }
});

it("a group or a number that is many megabytes long is refused before it ends", () => {
  const reader = pieces();
  reader.push(Buffer.of(0x78));
  const push = () => {
    for (let i = 0; i < 600; i += 1) reader.push(Buffer.alloc(PIECE_BYTES, 0x80));
  };
  assert.throws(push, MalformedMessage);
});

it("a number of more than ten bytes is refused at once; one of nine may go on", () => {
  pieces().push(Buffer.alloc(9, 0xff));
  assert.throws(() => pieces().push(Buffer.alloc(10, 0xff)), /more than ten bytes/);
});

it("bytes that begin no field are refused at once", () => {
  assert.throws(() => pieces().push(Buffer.of(0)), MalformedMessage);
});

it("a response that ends within a record is rejected", () => {
  for (const cut of [1, 2, 3]) {
    const reader = pieces();
    reader.push(record("a").subarray(0, cut));
    assert.throws(() => reader.end(), /ends within a record/);
  }
});

it("an empty response has no images", () => {
  assert.deepEqual(pieces().end(), []);
  assert.deepEqual(imagesResponse.whole(new Uint8Array()), []);
});
