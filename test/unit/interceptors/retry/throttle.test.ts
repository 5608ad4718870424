import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Throttle } from "../../../../src/interceptors/retry/throttle.js";

function after(failures: number, successes = 0): Throttle {
  const throttle = new Throttle();
  for (let n = 0; n < failures; n += 1) throttle.failed();
  for (let n = 0; n < successes; n += 1) throttle.succeeded();
  return throttle;
}

describe("the retry throttle", () => {
  it("allows retries until five of ten tokens are spent", () => {
    assert.equal(after(4).allowsRetry(), true);
    assert.equal(after(5).allowsRetry(), false);
  });

  it("gets a tenth of a token back for each success", () => {
    assert.equal(after(5, 1).allowsRetry(), true);
    assert.equal(after(6, 9).allowsRetry(), false);
    assert.equal(after(6, 11).allowsRetry(), true);
  });

  it("never has more than ten tokens", () => {
    const throttle = after(0, 100);
    for (let n = 0; n < 5; n += 1) throttle.failed();
    assert.equal(throttle.allowsRetry(), false);
  });

  it("owes nothing: below zero it does not go", () => {
    assert.equal(after(30, 49).allowsRetry(), false);
    assert.equal(after(30, 51).allowsRetry(), true);
  });
});
