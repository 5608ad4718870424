import assert from "node:assert/strict";
import { it } from "node:test";
import { shortened } from "../../../src/util/printable.js";

it("a text that is too long loses as much of its middle as it must, and one that is not stays as it is", () => {
  assert.equal(shortened("abcdef", 6), "abcdef");
  assert.equal(shortened("abcdefg", 5), "ab…fg");
  assert.equal(shortened("abcdefg", 6), "ab…fg", "as much on each side");
  assert.equal(shortened("abcdefgh", 7), "abc…fgh");
});
