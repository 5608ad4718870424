import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { forEachPooled } from "../../../src/util/pool.js";

/** Uses of five items, two at a time, which a test ends itself. */
function pooled() {
  const ends = new Map<number, (failure?: string) => void>();
  const use = (item: number) =>
    new Promise<void>((resolve, reject) => {
      ends.set(item, (failure) => (failure === undefined ? resolve() : reject(failure)));
    });
  let state = "running";
  const set = (to: string) => () => {
    state = to;
  };
  forEachPooled([1, 2, 3, 4, 5], 2, use).then(set("resolved"), set("rejected"));
  const end = async (item: number, failure?: string) => {
    ends.get(item)?.(failure);
    await turn();
    return [state, ...ends.keys()];
  };
  return { end };
}

describe("a pool", () => {
  it("uses the next item when one has ended, in their order, until all have ended", async () => {
    const { end } = pooled();
    assert.deepEqual(await end(0), ["running", 1, 2]);
    assert.deepEqual(await end(2), ["running", 1, 2, 3]);
    assert.deepEqual(await end(1), ["running", 1, 2, 3, 4]);
    assert.deepEqual(await end(3), ["running", 1, 2, 3, 4, 5]);
    assert.deepEqual(await end(4), ["running", 1, 2, 3, 4, 5]);
    assert.deepEqual(await end(5), ["resolved", 1, 2, 3, 4, 5]);
  });

  it("starts no other after a failure, and rejects when those that run have ended", async () => {
    const { end } = pooled();
    assert.deepEqual(await end(1, "no"), ["running", 1, 2]);
    assert.deepEqual(await end(2), ["rejected", 1, 2]);
  });
});
