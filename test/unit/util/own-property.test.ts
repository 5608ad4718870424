import assert from "node:assert/strict";
import { it } from "node:test";
import { setOwn } from "../../../src/util/own-property.js";

it("an own property called __proto__ is like any other", () => {
  const map: Record<string, string> = {};
  for (const key of ["__proto__", "env"]) setOwn(map, key, "a");
  const [first, second] = Object.values(Object.getOwnPropertyDescriptors(map));
  assert.deepEqual(first, second);
  assert.deepEqual(Object.entries(map), [
    ["__proto__", "a"],
    ["env", "a"],
  ]);
});
