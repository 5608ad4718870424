import assert from "node:assert/strict";
import { it } from "node:test";
import { labelValue, recurringText } from "../../../src/codec/recurring-texts.js";
import { type TextBytes, textAt, textBytes } from "../../../src/codec/text.js";
import { MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { forSeeds } from "./seeds.js";

type Read = (from: TextBytes, start: number, end: number) => string;

const key = { text: "key", slot: 0, misses: 0 };
const recurringTextAt: Read = (from, start, end) => recurringText(from, start, end).text;
const labelValueAt: Read = (from, start, end) => labelValue(key, from, start, end);
const readers = [textAt, recurringTextAt, labelValueAt];

function decode(read: Read, text: string | Buffer): string {
  const content = Buffer.from(text);
  const bytes = Buffer.concat([Buffer.from("<"), content, Buffer.from(">")]);
  return read(textBytes(bytes), 1, 1 + content.length);
}

it("text that recurs is told apart from all other text", (t) => {
  // Many more texts than are kept; many of them have the same hash.
  const alike = Array.from({ length: 4_000 }, (_, n) => `com.example/${n}/${n % 7}.key`);
  forSeeds(t, 20_000, (random) => {
    const text = random.pick(["", "ü", "__proto__", "x".repeat(500), alike[random.below(alike.length)] ?? ""]);
    assert.equal(decode(recurringTextAt, text), text);
    assert.equal(decode(labelValueAt, text), text);
  });
});

it("texts that differ in one byte only are told apart, whatever their length", () => {
  for (const length of [1, 2, 3, 4, 5, 7, 8, 63, 127, 128, 129]) {
    const text = "a".repeat(length);
    for (let at = 0; at < length; at += 1) {
      const other = `${text.slice(0, at)}b${text.slice(at + 1)}`;
      for (const read of readers) assert.deepEqual([decode(read, text), decode(read, other)], [text, other]);
    }
  }
});

it("a label whose values stop recurring, and recur again, is read as it is sent", () => {
  const values = Array.from({ length: 5_000 }, (_, n) => (n % 1_000 < 500 ? `unique-${n}` : `one of ${n % 3}`));
  for (const value of values) assert.equal(decode(labelValueAt, value), value);
  assert.equal(key.misses, 0);
});

it("text is the text that was sent, byte order mark, replacement character and NUL included", () => {
  for (const text of ["", "\ufeffa", "\ufffd", "a\0b", "🐳", "\ud7ff\ue000", "é".repeat(1e5)]) {
    for (const read of readers) assert.equal(decode(read, text), text);
  }
});

it("one character that is not ASCII is read wherever it stands", () => {
  for (let at = 0; at < 20; at += 1) {
    const text = `${"a".repeat(at)}é${"a".repeat(20 - at)}`;
    for (const read of readers) assert.equal(decode(read, text), text);
  }
});

it("what is not UTF-8 is refused, also beside a replacement character", () => {
  for (const hex of ["ff", "80", "c080", "e08080", "eda080", "edbfbf", "f0909f", "f4908080", "efbfbdff", "61e282"]) {
    for (const read of readers) assert.throws(() => decode(read, Buffer.from(hex, "hex")), MalformedMessage);
  }
});
