import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { wholeNumber } from "../../support/whole-number.js";

describe("the arguments of a program that are whole numbers", () => {
  it("are read, also 0", () => {
    assert.deepEqual(["0", "4711"].map(wholeNumber), [0, 4711]);
  });

  it("are no other text, such as a misspelled word", () => {
    for (const text of ["", "lease", "1.5", "-1", "1e3"]) assert.throws(() => wholeNumber(text), /is no whole number/);
  });
});
