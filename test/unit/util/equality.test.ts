import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { differingKeys, entryOf, hasSameEntries, isSameDescriptor } from "../../../src/util/equality.js";

const descriptor = { mediaType: "m", digest: "d", size: 1, annotations: { a: "1" } };

describe("hasSameEntries", () => {
  for (const [what, a, b, isSame] of [
    ["the same entries in another order", { x: "1", y: "2" }, { y: "2", x: "1" }, true],
    ["another value", { x: "1" }, { x: "2" }, false],
    ["another value beside the same one", { x: "1", y: "2" }, { x: "1", y: "3" }, false],
    ["another key", { x: "1" }, { y: "1" }, false],
    ["an entry more", { x: "1" }, { x: "1", y: "2" }, false],
    ["an entry less", { x: "1", y: "2" }, { x: "1" }, false],
    ["a key that every object inherits", {}, { toString: "1" }, false],
    ["the key __proto__", JSON.parse('{"__proto__":"1"}'), {}, false],
  ] as const) {
    it(`is ${isSame} for ${what}`, () => {
      assert.equal(hasSameEntries(a, b), isSame);
      assert.equal(hasSameEntries(b, a), isSame);
      assert.equal(differingKeys(a, b).length === 0, isSame);
    });
  }
});

describe("an empty value, which the server does not store", () => {
  it("is an entry to a watch, and no difference to reading back", () => {
    assert.equal(hasSameEntries({ x: "1", y: "" }, { x: "1" }), false);
    assert.deepEqual(differingKeys({ x: "1", y: "" }, { x: "1" }), []);
  });
});

describe("differingKeys", () => {
  it("names each key once whose values differ", () => {
    assert.deepEqual(differingKeys({ a: "1", b: "2", c: "3" }, { b: "2", c: "4", d: "5" }), ["a", "c", "d"]);
  });
});

describe("entryOf", () => {
  it("is empty where there is no entry of the map's own", () => {
    assert.deepEqual([entryOf({ x: "1" }, "x"), entryOf({ x: "1" }, "y"), entryOf({}, "toString")], ["1", "", ""]);
  });
});

describe("isSameDescriptor", () => {
  it("compares every field", () => {
    assert.ok(isSameDescriptor(descriptor, { ...descriptor, annotations: { a: "1" } }));
    for (const change of [{ mediaType: "x" }, { digest: "x" }, { size: 2 }, { annotations: {} }])
      assert.ok(!isSameDescriptor(descriptor, { ...descriptor, ...change }), JSON.stringify(change));
  });
});
