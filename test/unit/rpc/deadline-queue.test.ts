import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { Deadline } from "../../../src/rpc/deadline.js";
import { deadlineQueue } from "../../../src/rpc/deadline-queue.js";
import { type Clock, systemClock } from "../../../src/util/clock.js";
import { passes } from "../../support/deadline-passes.js";
import { ManualClock } from "../../support/manual-clock.js";

const none = { signal: undefined };

/** A deadline that notes when it passes. */
function noted(clock: ManualClock, timeoutMs: number, passed: [number, number][]): Deadline {
  const deadline = new Deadline({ ...none, timeoutMs }, clock);
  const dueMs = clock.now() + timeoutMs;
  deadline.onCancel({ canceled: () => passed.push([dueMs, clock.now()]) });
  return deadline;
}

it("each deadline passes exactly at its time, whatever begins and ends before", async () => {
  const step = fc.record({
    what: fc.constantFrom("begin", "begin", "end", "wait"),
    which: fc.nat(50),
    timeoutMs: fc.constantFrom(5, 20, 20, 20, 1_000),
    waitMs: fc.integer({ min: 0, max: 30 }),
  });
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const clock = new ManualClock();
    const passed: [number, number][] = [];
    const begun: Deadline[] = [];
    let released = 0;
    for (const { what, which, timeoutMs, waitMs } of steps) {
      if (what === "begin") begun.push(noted(clock, timeoutMs, passed));
      else if (what === "wait") await clock.advance(waitMs);
      else {
        const deadline = begun[which % (begun.length || 1)];
        if (deadline !== undefined && deadline.cancellation === undefined) {
          begun.splice(begun.indexOf(deadline), 1);
          for (const _ of ["when it is canceled", "when it ends"]) deadline.release();
          released += 1;
        }
      }
    }
    await clock.advance(1_000);
    assert.equal(passed.length, begun.length, `${released} were released`);
    for (const [dueMs, atMs] of passed) assert.equal(atMs, dueMs);
    assert.equal(clock.pending, 0);
  });
  await fc.assert(property, { numRuns: 200 });
});

/** Deadlines of 100 ms, and timers that run when the test says so. */
function lateTimers() {
  const actions: (() => void)[] = [];
  const timer = (_delayMs: number, action: () => void) => {
    actions.push(action);
    return { isReusable: true, stop: () => {}, ref: () => {}, unref: () => {} };
  };
  const clock = { ...systemClock, nowMs: 0, now: () => clock.nowMs, timer };
  const ended: string[] = [];
  const begin = (name: string) => {
    const deadline = new Deadline({ ...none, timeoutMs: 100 }, clock);
    deadline.onCancel({ canceled: () => ended.push(name) });
    return deadline;
  };
  return { clock, begin, ended, pass: () => actions.shift()?.() };
}

describe("the timer", () => {
  it("is one for each time-out that differs, and none when no deadline is left", () => {
    const clock = new ManualClock();
    const deadlines = Array.from({ length: 300 }, (_, n) => new Deadline({ ...none, timeoutMs: 10 + (n % 3) }, clock));
    assert.equal(clock.pending, 3);
    for (const deadline of deadlines) deadline.release();
    assert.equal(clock.pending, 0);
  });

  it("is left running for the next deadline, and does not keep the process alive meanwhile", async () => {
    const clock = new ManualClock();
    const passed: [number, number][] = [];
    noted(clock, 100, passed).release();
    assert.deepEqual([clock.pending, clock.running], [0, 1]);
    await clock.advance(30);
    noted(clock, 100, passed);
    assert.deepEqual([clock.pending, clock.delays], [1, [100]]);
    await clock.advance(100);
    assert.deepEqual([passed, clock.delays, clock.running], [[[130, 130]], [100, 30], 0]);
  });

  it("is stopped if there are many time-outs, each of which may never come again", () => {
    const clock = new ManualClock();
    for (let timeoutMs = 1; timeoutMs <= 100; timeoutMs += 1) {
      const deadlines = Array.from(
        { length: 50 },
        (_, n) => new Deadline({ ...none, timeoutMs: timeoutMs + n / 50 }, clock),
      );
      for (const deadline of deadlines) deadline.release();
    }
    assert.equal(clock.pending, 0);
    assert.ok(clock.running <= 16, `${clock.running} timers are left`);
  });

  it("is left running for the usual time-out, however many others were those of calls that had been aborted", () => {
    const clock = new ManualClock();
    const signal = AbortSignal.abort();
    for (let timeoutMs = 1; timeoutMs <= 100; timeoutMs += 1) new Deadline({ signal, timeoutMs }, clock);
    new Deadline({ ...none, timeoutMs: 1_000 }, clock).release();
    assert.equal(clock.running, 1);
  });

  it("is in one of 16 queues that are kept while they are empty", () => {
    const clock = new ManualClock();
    const timeouts = Array.from({ length: 100 }, (_, n) => n + 1);
    const queues = timeouts.map((timeoutMs) => {
      const deadline = new Deadline({ ...none, timeoutMs }, clock);
      const queue = deadlineQueue(clock, timeoutMs);
      deadline.release();
      return queue;
    });
    const kept = timeouts.filter((timeoutMs, n) => deadlineQueue(clock, timeoutMs) === queues[n]);
    assert.equal(kept.length, 16);
  });

  it("is started again for the next deadline, with the time that is left", async () => {
    const clock = new ManualClock();
    const passed: [number, number][] = [];
    const first = noted(clock, 100, passed);
    await clock.advance(30);
    noted(clock, 100, passed);
    first.release();
    await clock.advance(100);
    assert.deepEqual(passed, [[130, 130]]);
    assert.deepEqual(clock.delays, [100, 30]);
  });

  // Node 24 and newer print a warning for a negative delay.
  it("is started again with a delay of 0 for a deadline whose time has come while others passed", async () => {
    const timers = new ManualClock();
    let busyMs = 0;
    const now = () => timers.now() + busyMs;
    const clock: Clock = { ...systemClock, now, timer: (delayMs, action) => timers.timer(delayMs, action) };
    const begin = () => new Deadline({ ...none, timeoutMs: 100 }, clock);
    begin();
    begin().onCancel({
      canceled: () => {
        busyMs = 5;
      },
    });
    await timers.advance(2);
    begin();
    await timers.advance(100);
    assert.deepEqual(timers.delays, [100, 0]);
    assert.equal(timers.pending, 0);
  });

  it("that runs late lets responses that have arrived be read first, and then ends what is due", async () => {
    const { clock, begin, ended, pass } = lateTimers();
    const answered = begin("answered");
    begin("lost");
    clock.nowMs = 1_000;
    pass();
    assert.deepEqual(ended, []);
    await turn(); // before it, Bun reads nothing
    assert.deepEqual(ended, []);
    answered.release(); // as a response does that is read now
    await turn();
    assert.deepEqual(ended, ["lost"]);
  });

  it("that runs late does not end what begins before the others end", async () => {
    const { clock, begin, ended, pass } = lateTimers();
    const answered = begin("answered");
    clock.nowMs = 1_000;
    pass();
    answered.release();
    begin("later");
    await turn();
    assert.deepEqual(ended, []);
    clock.nowMs = 1_100;
    pass();
    assert.deepEqual(ended, ["later"]);
  });

  it("does not end a later deadline too soon in a test that stops the monotonic clock, but not the timers", async () => {
    const timers = new ManualClock();
    const stopped: Clock = { ...systemClock, now: () => 0, timer: (delayMs, action) => timers.timer(delayMs, action) };
    new Deadline({ ...none, timeoutMs: 100 }, stopped).release();
    await timers.advance(90);
    const passedAt: number[] = [];
    const deadline = new Deadline({ ...none, timeoutMs: 100 }, stopped);
    deadline.onCancel({ canceled: () => passedAt.push(timers.now()) });
    await timers.advance(99);
    assert.deepEqual(passedAt, []);
    await timers.advance(1_000);
    assert.deepEqual(passedAt, [200]);
  });

  it("does not keep the context of the call that started it", () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const timer = () => {
      seen.push(storage.getStore());
      return { isReusable: true, stop: () => {}, ref: () => {}, unref: () => {} };
    };
    const clock = { ...systemClock, timer };
    storage.run("a request", () => new Deadline({ ...none, timeoutMs: 10 }, clock));
    assert.deepEqual(seen, [undefined]);
  });
});

it("a call that begins with an aborted signal takes no deadline of others along", async () => {
  const clock = new ManualClock();
  const passed: [number, number][] = [];
  noted(clock, 40, passed);
  new Deadline({ timeoutMs: 40, signal: AbortSignal.abort() }, clock);
  await clock.advance(40);
  assert.deepEqual(passed, [[40, 40]]);
});

it("a deadline that begins while others pass, passes at its own time", async () => {
  const clock = new ManualClock();
  const passed: [number, number][] = [];
  for (let n = 0; n < 2; n += 1) {
    const deadline = new Deadline({ ...none, timeoutMs: 40 }, clock);
    deadline.onCancel({ canceled: () => noted(clock, 40, passed) });
  }
  await clock.advance(40);
  assert.equal(clock.pending, 1);
  await clock.advance(40);
  assert.deepEqual(passed, [
    [80, 80],
    [80, 80],
  ]);
});

it("a deadline that begins while others pass does not delay those that began before it", async () => {
  const clock = new ManualClock();
  const passed: [number, number][] = [];
  const first = new Deadline({ ...none, timeoutMs: 40 }, clock);
  first.onCancel({ canceled: () => noted(clock, 40, passed) });
  await clock.advance(20);
  noted(clock, 40, passed);
  await clock.advance(100);
  assert.deepEqual(passed, [
    [60, 60],
    [80, 80],
  ]);
});

describe("a deadline passes at its time if the timers of Node", () => {
  it("are replaced after an earlier call", async ({ mock }) => {
    new Deadline({ ...none, timeoutMs: 5_001 }).release();
    mock.timers.enable({ apis: ["setTimeout"] });
    assert.ok(await passes(5_001, () => mock.timers.tick(5_001)));
  });

  it("are put back after a call", async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    new Deadline({ ...none, timeoutMs: 51 }).release();
    mock.timers.reset();
    assert.ok(await passes(51, () => wait(150)));
  });

  it("are put back during a call", async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const deadline = new Deadline({ ...none, timeoutMs: 52 });
    mock.timers.reset();
    deadline.release();
    assert.ok(await passes(52, () => wait(150)));
  });

  it("are replaced and put back, and a call ends in between", async ({ mock }) => {
    const deadline = new Deadline({ ...none, timeoutMs: 53 });
    mock.timers.enable({ apis: ["setTimeout"] });
    deadline.release();
    mock.timers.reset();
    assert.ok(await passes(53, () => wait(150)));
  });

  it("are replaced, put back and replaced again", async ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    new Deadline({ ...none, timeoutMs: 5_003 }).release();
    mock.timers.reset();
    mock.timers.enable({ apis: ["setTimeout"] });
    assert.ok(await passes(5_003, () => mock.timers.tick(5_003)));
  });
});

describe("with the timers of a test", () => {
  /** The names of the deadlines that have passed, in order. */
  function namedDeadlines(timeoutMs: number) {
    const passed: string[] = [];
    const begin = (name: string) => {
      const deadline = new Deadline({ ...none, timeoutMs });
      deadline.onCancel({ canceled: () => passed.push(name) });
      return deadline;
    };
    return { passed, begin };
  }

  it("deadlines that began at the same moment pass together, although the monotonic clock goes on", ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const { passed, begin } = namedDeadlines(5_006);
    const first = begin("first");
    while (performance.now() <= first.startedAt.ms);
    begin("second");
    mock.timers.tick(5_006);
    assert.deepEqual(passed, ["first", "second"]);
  });

  it("a deadline passes at its own time if another began before it", ({ mock }) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    const { passed, begin } = namedDeadlines(5_007);
    begin("first");
    mock.timers.tick(3_000);
    begin("second");
    mock.timers.tick(5_006);
    assert.deepEqual(passed, ["first"]);
    mock.timers.tick(1);
    assert.deepEqual(passed, ["first", "second"]);
  });

  it("a deadline passes if one waits for a timer of Node", ({ mock }) => {
    const { passed, begin } = namedDeadlines(5_008);
    const before = begin("before");
    mock.timers.enable({ apis: ["setTimeout"] });
    begin("during");
    mock.timers.tick(5_008);
    assert.deepEqual(passed, ["during"]);
    before.release();
  });

  it("a deadline that waits at the end of the test does not stop those that begin later", async ({ mock }) => {
    const { passed, begin } = namedDeadlines(53);
    mock.timers.enable({ apis: ["setTimeout"] });
    begin("of the test");
    mock.timers.reset();
    assert.ok(await passes(53, () => wait(150)));
    assert.deepEqual(passed, []);
  });

  it("the timer of an earlier call does not end a later call too soon", async ({ mock }) => {
    new Deadline({ ...none, timeoutMs: 100 }).release();
    mock.timers.enable({ apis: ["setTimeout"] });
    new Deadline({ ...none, timeoutMs: 100 }).release();
    mock.timers.reset();
    await wait(50);
    const deadline = new Deadline({ ...none, timeoutMs: 100 });
    const { ms } = deadline.startedAt;
    const endedAtMs = await new Promise<number>((resolve) => {
      deadline.onCancel({ canceled: () => resolve(deadline.clock.now()) });
    });
    assert.ok(endedAtMs - ms > 98, `it ended after ${endedAtMs - ms} ms`);
  });
});

it("the deadlines after one whose listener throws still pass", async () => {
  const clock = new ManualClock();
  const passed: [number, number][] = [];
  const listener = {
    canceled: () => {
      throw new Error("no");
    },
  };
  new Deadline({ ...none, timeoutMs: 40 }, clock).onCancel(listener);
  noted(clock, 40, passed);
  await assert.rejects(clock.advance(40), /no/);
  await clock.advance(1);
  assert.deepEqual(passed, [[40, 40]]);
});
