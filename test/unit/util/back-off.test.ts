import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BackOff } from "../../../src/util/back-off.js";

const limits = { minMs: 25, maxMs: 1_000 };

function delays(backOff: BackOff, count: number, jitter?: number): readonly number[] {
  return Array.from({ length: count }, () =>
    backOff.nextDelayMs(jitter === undefined ? limits : { ...limits, jitter }),
  );
}

describe("BackOff", () => {
  it("doubles the bound of the delay from minMs up to maxMs", () => {
    const backOff = new BackOff(() => 1);
    assert.deepEqual(delays(backOff, 8), [25, 50, 100, 200, 400, 800, 1_000, 1_000]);
  });

  it("waits a random part of the bound, from nothing to all of it", () => {
    const parts = [0, 0.5, 0.25];
    const backOff = new BackOff(() => parts.shift() ?? 1);
    assert.deepEqual(delays(backOff, 4), [0, 25, 25, 200]);
  });

  it("can make a part of the delay random, or nothing", () => {
    assert.deepEqual(delays(new BackOff(() => 0), 3, 0.5), [12.5, 25, 50]);
    assert.deepEqual(delays(new BackOff(() => 0.5), 3, 0), [25, 50, 100]);
  });

  it("begins again with minMs after a reset", () => {
    const backOff = new BackOff(() => 1);
    delays(backOff, 3);
    assert.equal(backOff.retries, 3);
    backOff.reset();
    assert.equal(backOff.retries, 0);
    assert.deepEqual(delays(backOff, 2), [25, 50]);
  });

  it("never waits longer than maxMs, however many retries there were", () => {
    const backOff = new BackOff(() => 1);
    assert.equal(delays(backOff, 5_000).at(-1), 1_000);
  });
});
