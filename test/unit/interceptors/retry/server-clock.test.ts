import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Order, ServerClock } from "../../../../src/interceptors/retry/server-clock.js";
import type { Moment } from "../../../../src/util/clock.js";
import { ManualClock } from "../../../support/manual-clock.js";

/** A server whose clock is this far ahead of the test's. */
const AHEAD_MS = 1_800_000_000_000;

/** Reads the server's clock: the request takes `outMs`, the response `backMs`. */
async function read(clock: ManualClock, server: ServerClock, outMs: number, backMs: number, aheadMs = AHEAD_MS) {
  const sentAtMs = clock.now();
  await clock.advance(outMs);
  const serverMs = clock.now() + aheadMs;
  await clock.advance(backMs);
  server.learn(serverMs, sentAtMs);
}

/** What both clocks of the test showed at its time `ms`. */
function at(ms: number, stepMs = 0): Moment {
  return { ms, wallMs: ms + stepMs };
}

describe("the server's clock", () => {
  it("is unknown until the server has stamped something", () => {
    const server = new ServerClock(new ManualClock());
    assert.equal(server.order(AHEAD_MS, at(0)), "unknown");
    assert.equal(server.isFresh, false);
  });

  it("tells what lies in a span of local time, and says unknown for what is too close to its edges", async () => {
    const clock = new ManualClock();
    const server = new ServerClock(clock);
    const fromMs = clock.now();
    await clock.advance(100);
    await read(clock, server, 3, 2);
    const order = (atMs: number) => server.order(atMs + AHEAD_MS, at(fromMs));
    // The offset is known to 5 ms: 2 less than it is, or 3 more; drift in 105 ms adds 0.01 on both sides.
    const expected: [number, Order][] = [
      [-1_000, "outside"],
      [-2.02, "outside"],
      [-2.005, "unknown"],
      [3.005, "unknown"],
      [3.02, "inside"],
      [102.98, "inside"],
      [102.995, "unknown"],
      [108.005, "unknown"],
      [108.02, "outside"],
      [10_000, "outside"],
    ];
    for (const [atMs, wanted] of expected) assert.equal(order(atMs), wanted, `${atMs} ms`);
  });

  it("is never said to be inside or outside wrongly, whatever the clocks and delays", async () => {
    const property = fc.asyncProperty(
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      fc.array(fc.tuple(fc.nat(50), fc.nat(50), fc.nat(2_000)), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: -200, max: 400 }),
      async (aheadMs, readings, atMs) => {
        const clock = new ManualClock();
        const server = new ServerClock(clock);
        const fromMs = clock.now();
        for (const [outMs, backMs, pauseMs] of readings) {
          await clock.advance(pauseMs);
          await read(clock, server, outMs, backMs, aheadMs);
        }
        const isInside = atMs >= fromMs && atMs <= clock.now();
        const order = server.order(atMs + aheadMs, at(fromMs));
        // Numbers of this size have no more than four digits behind the point.
        const isAtEdge = Math.min(Math.abs(atMs - fromMs), Math.abs(atMs - clock.now())) < 1;
        if (order !== "unknown" && !isAtEdge) assert.equal(order, isInside ? "inside" : "outside");
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });

  it("has a fresh reading for a second, however long the process runs", async () => {
    const clock = new ManualClock();
    await clock.advance(1e9);
    const server = new ServerClock(clock);
    await read(clock, server, 0, 0);
    await clock.advance(999);
    assert.equal(server.isFresh, true);
    await clock.advance(1);
    assert.equal(server.isFresh, false);
  });

  it("is known less well as time passes, and not at all after a minute", async () => {
    const clock = new ManualClock();
    const server = new ServerClock(clock);
    await read(clock, server, 0, 0);
    await clock.advance(10_000);
    const nowMs = clock.now() + AHEAD_MS;
    assert.equal(server.order(nowMs - 10_000 - 1.1, at(0)), "outside");
    assert.equal(server.order(nowMs - 10_000 - 0.9, at(0)), "unknown");
    assert.equal(server.isFresh, false);
    await clock.advance(51_000);
    assert.equal(server.order(AHEAD_MS - 1e9, at(0)), "unknown");
  });

  it("is unknown after the local wall clock has jumped, because the server's may be the same one", async () => {
    for (const stepMs of [5_000, -5_000]) {
      const clock = new ManualClock();
      const server = new ServerClock(clock);
      await read(clock, server, 1, 1);
      assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "outside");
      clock.wallOffsetMs = stepMs;
      assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "unknown");
      const jumpedAtMs = clock.now();
      await read(clock, server, 1, 1, AHEAD_MS + stepMs);
      assert.equal(server.order(AHEAD_MS + stepMs - 1e6, at(0)), "unknown");
      assert.equal(server.order(AHEAD_MS + stepMs - 1e6, at(jumpedAtMs, stepMs)), "outside");
    }
  });

  it("is not known from a reading before the span, since nobody tells whether it has been set in between", async () => {
    const clock = new ManualClock();
    const server = new ServerClock(clock);
    await read(clock, server, 1, 1);
    await clock.advance(10);
    const fromMs = clock.now();
    assert.equal(server.order(AHEAD_MS - 1e6, at(fromMs)), "unknown");
    await read(clock, server, 1, 1);
    assert.equal(server.order(AHEAD_MS - 1e6, at(fromMs)), "outside");
  });

  it("is unknown where two readings show that it was set, before or after what it has written", async () => {
    for (const stepMs of [5_000, -5_000]) {
      const clock = new ManualClock();
      const server = new ServerClock(clock);
      await read(clock, server, 1, 1);
      const fromMs = clock.now();
      await read(clock, server, 1, 1, AHEAD_MS + stepMs);
      for (const aheadMs of [AHEAD_MS, AHEAD_MS + stepMs])
        assert.equal(server.order(fromMs + 1 + aheadMs, at(fromMs)), "unknown");
      await clock.advance(1);
      const laterMs = clock.now();
      await read(clock, server, 1, 1, AHEAD_MS + stepMs);
      assert.equal(server.order(fromMs - 1e6 + AHEAD_MS + stepMs, at(laterMs)), "outside");
    }
  });

  it("is read better by several readings than by each of them", async () => {
    const clock = new ManualClock();
    const server = new ServerClock(clock);
    const fromMs = clock.now();
    await clock.advance(50);
    await read(clock, server, 9, 1);
    assert.equal(server.order(AHEAD_MS + 5, at(fromMs)), "unknown");
    await read(clock, server, 1, 9);
    assert.equal(server.order(AHEAD_MS + 5, at(fromMs)), "inside");
  });

  it("is known for a minute and not for a millisecond more", async () => {
    const clock = new ManualClock();
    const server = new ServerClock(clock);
    await read(clock, server, 0, 0);
    await clock.advance(60_000);
    assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "outside");
    await clock.advance(1);
    assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "unknown");
  });

  it("may be up to 20 ms off its local wall clock before that counts as a jump", async () => {
    for (const sign of [1, -1]) {
      const clock = new ManualClock();
      const server = new ServerClock(clock);
      await read(clock, server, 0, 0);
      clock.wallOffsetMs = sign * 20;
      assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "outside");
      clock.wallOffsetMs = sign * 20.1;
      assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "unknown");
    }
  });

  it("may be off further from its local wall clock after a long time, by drift", async () => {
    for (const sign of [1, -1]) {
      const clock = new ManualClock();
      const server = new ServerClock(clock);
      await read(clock, server, 0, 0);
      await clock.advance(50_000);
      clock.wallOffsetMs = sign * 24.9;
      assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "outside");
      clock.wallOffsetMs = sign * 25.1;
      assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "unknown");
    }
  });

  it("is not known better from an old reading than drift allows", async () => {
    const clock = new ManualClock();
    const server = new ServerClock(clock);
    await read(clock, server, 0, 0);
    await clock.advance(50_000);
    const fromMs = clock.now();
    await read(clock, server, 50, 50);
    // 50.1 s of drift are 5 ms.
    const expected: [number, Order][] = [
      [-5.1, "outside"],
      [-4.9, "unknown"],
      [4.9, "unknown"],
      [5.1, "inside"],
    ];
    for (const [atMs, wanted] of expected)
      assert.equal(server.order(fromMs + atMs + AHEAD_MS, at(fromMs)), wanted, `${atMs} ms`);
  });

  it("agrees with a second reading that says exactly the same", async () => {
    const clock = new ManualClock();
    const server = new ServerClock(clock);
    await read(clock, server, 0, 0);
    await read(clock, server, 0, 0);
    assert.equal(server.order(AHEAD_MS - 1e6, at(0)), "outside");
  });

  it("stays as well known as drift allows when the next reading is worse, however long the process runs", async () => {
    const clock = new ManualClock();
    await clock.advance(1e9);
    const server = new ServerClock(clock);
    const fromMs = clock.now();
    await read(clock, server, 0, 0);
    await clock.advance(1_000);
    await read(clock, server, 50, 50);
    // 1.1 s of drift are 0.11 ms; twice, because it is reckoned from the reading and from the span.
    assert.equal(server.order(fromMs + 0.3 + AHEAD_MS, at(fromMs)), "inside");
    assert.equal(server.order(fromMs - 0.3 + AHEAD_MS, at(fromMs)), "outside");
  });
});
