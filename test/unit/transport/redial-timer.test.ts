import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { Endpoint } from "../../../src/transport/endpoint.js";
import { RedialTimer } from "../../../src/transport/http2/redial-timer.js";
import { ManualClock } from "../../support/manual-clock.js";

const PORT: Endpoint = { kind: "tcp", host: "localhost", port: 1 };

function timerAt(endpoint: Endpoint, random = 0) {
  const clock = new ManualClock();
  const redials: number[] = [];
  const timer = new RedialTimer(endpoint, { clock, random: () => random }, () => redials.push(clock.now()));
  return { clock, redials, timer };
}

describe("the next attempt", () => {
  const dir = mkdtempSync(join(tmpdir(), "redial-"));
  after(() => rmSync(dir, { recursive: true }));

  it("starts at once where none was made a moment ago", () => {
    const { redials, timer } = timerAt(PORT);
    timer.start(undefined, true);
    assert.deepEqual([redials.length, timer.isRunning], [1, false]);
  });

  it("starts 81 to 90 ms after the last one failed", async () => {
    for (const [random, delayMs] of [
      [0, 90],
      [1, 81],
    ] as const) {
      const { clock, redials, timer } = timerAt(PORT, random);
      const failedAtMs = clock.now();
      timer.failed();
      timer.start(undefined, true);
      await clock.advance(delayMs - 1);
      assert.deepEqual([redials, timer.isRunning], [[], true]);
      await clock.advance(1);
      assert.deepEqual([redials, timer.isRunning], [[failedAtMs + delayMs], false]);
    }
  });

  it("starts later with each failure of a function that dials, up to a second", async () => {
    const { clock, timer } = timerAt({ kind: "dialed", dial: () => assert.fail() });
    for (const delayMs of [90, 180, 360, 720, 1_000, 1_000]) {
      timer.failed();
      timer.start(undefined, true);
      await clock.advance(delayMs - 1);
      assert.equal(timer.isRunning, true);
      await clock.advance(1);
      assert.equal(timer.isRunning, false, `${delayMs}`);
    }
    timer.connected();
    timer.failed();
    timer.start(undefined, true);
    await clock.advance(90);
    assert.equal(timer.isRunning, false);
  });

  it("waits as long after a connection on which the peer has not responded", async () => {
    const { clock, redials, timer } = timerAt(PORT);
    await clock.advance(1_000);
    timer.connected();
    timer.start(undefined, true);
    assert.equal(redials.length, 1);
    timer.start(undefined, false);
    await clock.advance(89);
    assert.equal(redials.length, 1);
    await clock.advance(1);
    assert.equal(redials.length, 2);
  });

  it("starts as soon as the socket's file is another one", async () => {
    const path = join(dir, "c.sock");
    const { clock, redials, timer } = timerAt({ kind: "unix", path });
    timer.failed();
    timer.start(undefined, true);
    await clock.advance(20);
    assert.equal(redials.length, 0);
    writeFileSync(path, "");
    await clock.advance(10);
    assert.deepEqual([redials.length, clock.pending], [1, 0]);
  });

  it("does not wait for a timer that a test has removed", async () => {
    const { clock, redials, timer } = timerAt(PORT);
    clock.after = () => () => {};
    timer.failed();
    timer.start(undefined, true);
    await clock.advance(89);
    assert.equal(timer.isRunning, true);
    await clock.advance(1);
    assert.equal(timer.isRunning, false);
    timer.start(undefined, true);
    assert.equal(redials.length, 1);
  });

  it("does not wait by the time of a test that has ended", () => {
    const { clock, redials, timer } = timerAt(PORT);
    const { now } = clock;
    clock.now = () => now.call(clock) + 600_000;
    timer.failed();
    timer.start(undefined, true);
    assert.equal(timer.isRunning, true);
    clock.now = now;
    assert.equal(timer.isRunning, false);
    timer.start(undefined, true);
    assert.deepEqual([redials.length, clock.pending], [1, 0]);
  });

  it("does not start once the timer is stopped", async () => {
    const { clock, redials, timer } = timerAt({ kind: "unix", path: join(dir, "none.sock") });
    timer.failed();
    timer.start(undefined, true);
    timer.stop();
    assert.equal(timer.isRunning, false);
    await clock.advance(1_000);
    assert.deepEqual([redials.length, clock.pending], [0, 0]);
  });
});
