import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { sleep } from "../../../src/util/sleep.js";
import { ManualClock } from "../../support/manual-clock.js";

/** A sleep of one second, and whether it has ended. */
function asleep() {
  const clock = new ManualClock();
  const controller = new AbortController();
  const result = sleep(clock, 1_000, controller.signal);
  let isOver = false;
  const settle = () => {
    isOver = true;
  };
  result.then(settle, settle);
  const assertReleased = () => {
    assert.equal(clock.pending, 0);
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  };
  return { clock, controller, result, isOver: () => isOver, assertReleased };
}

describe("sleep", () => {
  it("resolves when its time has passed, and keeps no timer and no listener", async () => {
    const { clock, result, isOver, assertReleased } = asleep();
    await clock.advance(999);
    assert.equal(isOver(), false);
    await clock.advance(1);
    await result;
    assertReleased();
  });

  it("rejects with the signal's reason as soon as the signal aborts, and keeps no timer and no listener", async () => {
    const { clock, controller, result, assertReleased } = asleep();
    await clock.advance(500);
    controller.abort(new Error("enough"));
    await assert.rejects(result, /enough/);
    assertReleased();
  });

  it("rejects at once when the signal has aborted before", async () => {
    const clock = new ManualClock();
    await assert.rejects(sleep(clock, 1_000, AbortSignal.abort(new Error("enough"))), /enough/);
    assert.equal(clock.pending, 0);
  });
});
