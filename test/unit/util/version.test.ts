import assert from "node:assert/strict";
import { it } from "node:test";
import { isAtLeast } from "../../../src/util/version.js";

it("versions are compared by number", () => {
  assert.ok(isAtLeast("1.10", [1, 7]));
  assert.ok(!isAtLeast("1.6", [1, 7]));
  assert.ok(isAtLeast("3.0.0", [2, 1]));
  assert.ok(!isAtLeast("1.99.0", [2, 0]));
  assert.ok(isAtLeast("1.2.10", [1, 2, 7]));
  assert.ok(!isAtLeast("1.2.6", [1, 2, 7]));
  assert.ok(!isAtLeast("1.2", [1, 2, 7]));
});

it("a version is at least itself, however it is packaged, and one that cannot be read is at least none", () => {
  for (const version of ["1.7", "v1.7.0", "1.7.24~ds1-6", "1.7.0+unknown"])
    assert.ok(isAtLeast(version, [1, 7]), version);
  for (const version of ["", "a1b2c3d", "1", "17", "version 1.7"]) assert.ok(!isAtLeast(version, [1, 0]), version);
});
