import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { compareUtf8 } from "../../../src/util/utf8-order.js";

it("strings are ordered as their bytes are", () => {
  const texts = fc.string({ unit: fc.constantFrom(..."aéZ\ud7ff\ue000\uffff\u{10000}\u{10ffff}"), maxLength: 4 });
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1_000 },
  );
});
