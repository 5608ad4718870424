import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { compareUtf8, sortByUtf8 } from "../../../src/util/utf8-order.js";

const texts = fc.string({ unit: fc.constantFrom(..."aé\ud7ff\ue000\uffff\u{10000}\u{103ff}\u{10ffff}"), maxLength: 4 });
const textsOfOneUnit = fc.string({ unit: fc.constantFrom(..."aéZ\ud7ff\ue000\uffff"), maxLength: 4 });

it("strings are ordered as their bytes are", () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1_000 },
  );
});

it("items are sorted as the bytes of their texts are, with and without surrogates", () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(texts), fc.array(textsOfOneUnit)), (names) => {
      const items = sortByUtf8(
        names.map((name) => ({ name })),
        ({ name }) => name,
      );
      const expected = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(
        items.map(({ name }) => name),
        expected,
      );
    }),
  );
});
