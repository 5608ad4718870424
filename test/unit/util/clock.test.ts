import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deadline } from "../../../src/rpc/deadline.js";
import type { Clock } from "../../../src/util/clock.js";
import { passes } from "../../support/deadline-passes.js";

/** The system's clock of a client that is loaded now. */
async function newSystemClock(how: string): Promise<Clock> {
  const module = `../../../src/util/clock.js?${how}`;
  const { systemClock }: { systemClock: Clock } = await import(module);
  return systemClock;
}

describe("a clock that is loaded", () => {
  it("under the timers of a test leaves none of them running", async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const clock = await newSystemClock("under-timers-of-a-test");
    new Deadline({ timeoutMs: 5_005, signal: undefined }, clock).release();
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
    assert.ok(await passes(5_005, () => mock.timers.tick(5_005), clock));
  });

  it("has timers of Node that can be left running for later uses, until a test replaces Node's", async ({ mock }) => {
    const clock = await newSystemClock("has-timers-of-node");
    const timers = [60_000, Number.POSITIVE_INFINITY].map((delayMs) => clock.timer(delayMs, () => assert.fail()));
    const areReusable = () => timers.map(({ isReusable }) => isReusable);
    assert.deepEqual(areReusable(), [true, true]);
    mock.timers.enable({ apis: ["setTimeout"] });
    assert.deepEqual(areReusable(), [false, true]);
    for (const timer of timers) timer.stop();
  });

  it("before a test replaces the timers stops its own as it has started them", async ({ mock }) => {
    const clock = await newSystemClock("before-a-test-replaces-the-timers");
    const stop = clock.after(60_000, () => assert.fail());
    const { mock: replaced } = mock.method(globalThis, "clearTimeout", () => {});
    stop();
    assert.equal(replaced.callCount(), 0); // sinon prints a warning about a timer that is not its own
  });

  it("stops a timer of an earlier test, and none of the next one", async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const clock = await newSystemClock("under-timers-of-an-earlier-test");
    const stops = [clock.after(60_000, () => assert.fail()), () => timer.stop()];
    const timer = clock.timer(60_000, () => assert.fail());
    mock.timers.reset();
    for (const stop of stops) stop();
    mock.timers.enable({ apis: ["setTimeout"] });
    const ran: number[] = [];
    for (const delayMs of [10, 20, 30]) setTimeout(() => ran.push(delayMs), delayMs);
    mock.timers.tick(50);
    assert.deepEqual(ran, [10, 20, 30]);
  });

  it("where timers are numbers, as in a browser, ends deadlines and stops what waits", async ({ mock }) => {
    const start = setTimeout;
    const after = (action: () => void, delayMs: number) => Number(start(action, delayMs));
    mock.method(globalThis, "setTimeout", after);
    const clock = await newSystemClock("where-timers-are-numbers");
    const timeoutMs = 54;
    for (const each of [0, 1].map(() => new Deadline({ timeoutMs, signal: undefined }, clock))) each.release();
    const ran: string[] = [];
    clock.after(timeoutMs, () => ran.push("stopped"), false)(); // as a connection waits for its end when it is idle
    const longer = new Promise<void>((resolve) => clock.after(2 * timeoutMs, resolve));
    assert.ok(await passes(timeoutMs, () => longer, clock));
    assert.deepEqual(ran, []);
  });
});
