import assert from "node:assert/strict";
import { it } from "node:test";
import { lazy } from "../../../src/util/lazy.js";

it("makes a value when it is first asked for, and only once", () => {
  let made = 0;
  const value = lazy(() => ({ number: ++made }));
  assert.equal(made, 0);
  assert.equal(value(), value());
  assert.equal(made, 1);
});

it("tries again after a failure", () => {
  let calls = 0;
  const value = lazy(() => {
    calls += 1;
    if (calls === 1) throw new Error("once");
    return { calls };
  });
  assert.throws(value, /once/);
  assert.deepEqual(value(), { calls: 2 });
});
