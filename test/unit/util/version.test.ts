import assert from "node:assert/strict";
import { it } from "node:test";
import { isAtLeast } from "../../../src/util/version.js";

it("versions are compared by number", () => {
  assert.ok(isAtLeast("1.10", [1, 7]));
  assert.ok(!isAtLeast("1.6", [1, 7]));
  assert.ok(isAtLeast("3.0.0", [2, 1]));
  assert.ok(!isAtLeast("1.99.0", [2, 0]));
});
