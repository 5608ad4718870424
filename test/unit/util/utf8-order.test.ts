import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { compareUtf8, mergeByUtf8 } from "../../../src/util/utf8-order.js";

const texts = fc.string({ unit: fc.constantFrom(..."aé\ud7ff\ue000\uffff\u{10000}\u{103ff}\u{10ffff}"), maxLength: 4 });
const textsOfOneUnit = fc.string({ unit: fc.constantFrom(..."aéZ\ud7ff\ue000\uffff"), maxLength: 4 });

it("strings are ordered as their bytes are", () => {
  fc.assert(
    fc.property(fc.oneof(texts, textsOfOneUnit), fc.oneof(texts, textsOfOneUnit), (a, b) => {
      assert.equal(Math.sign(compareUtf8(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1_000 },
  );
});

const inOrder = (names: readonly string[]) => names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const runs = fc.array(fc.array(fc.oneof(texts, textsOfOneUnit)));

it("runs are merged in the order of the bytes of their texts, with and without surrogates, and what is twice stays", () => {
  fc.assert(
    fc.property(fc.oneof(runs, fc.array(fc.array(textsOfOneUnit))), (runs) => {
      const items = runs.map((names) => inOrder(names).map((name) => ({ name })));
      const merged = [...mergeByUtf8(items, ({ name }) => name)];
      assert.deepEqual(
        merged.map(({ name }) => name),
        inOrder(runs.flat()),
      );
      assert.deepEqual(items.flat(), [], "the runs are empty");
    }),
  );
});

it("a merge takes from its runs no more than it has yielded", () => {
  const runs = [["a", "c"], ["b"]];
  const merge = mergeByUtf8(runs, (text) => text);
  assert.deepEqual([merge.next().value, merge.next().value], ["a", "b"]);
  assert.deepEqual(runs, [["c"], []]);
});
