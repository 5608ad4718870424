import assert from "node:assert/strict";
import { it } from "node:test";
import { recurringTextAt, textAt } from "../../../src/codec/text.js";
import { MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { forSeeds } from "./seeds.js";

function decode(read: typeof textAt, text: string | Buffer): string {
  const content = Buffer.from(text);
  const bytes = Buffer.concat([Buffer.from("<"), content, Buffer.from(">")]);
  return read(bytes, 1, 1 + content.length);
}

it("text that recurs is told apart from all other text", (t) => {
  // Many more texts than the cache holds; many of them have the same hash.
  const alike = Array.from({ length: 4_000 }, (_, n) => `com.example/${n}/${n % 7}.key`);
  forSeeds(t, 20_000, (random) => {
    const text = random.pick(["", "ü", "__proto__", "x".repeat(500), alike[random.below(alike.length)] ?? ""]);
    assert.equal(decode(recurringTextAt, text), text);
  });
});

it("text is the text that was sent, byte order mark, replacement character and NUL included", () => {
  for (const text of ["", "\ufeffa", "\ufffd", "a\0b", "🐳", "\ud7ff\ue000", "é".repeat(1e5)]) {
    for (const read of [textAt, recurringTextAt]) assert.equal(decode(read, text), text);
  }
});

it("what is not UTF-8 is refused, also beside a replacement character", () => {
  for (const hex of ["ff", "80", "c080", "e08080", "eda080", "edbfbf", "f0909f", "f4908080", "efbfbdff", "61e282"]) {
    for (const read of [textAt, recurringTextAt]) {
      assert.throws(() => decode(read, Buffer.from(hex, "hex")), MalformedMessage);
    }
  }
});
