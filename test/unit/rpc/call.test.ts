import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import type { Call } from "../../../src/rpc/call.js";
import { type Cancellation, cancellationOf } from "../../../src/rpc/deadline.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { systemClock, type Timer } from "../../../src/util/clock.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "../interceptors/calls.js";
import { status } from "../interceptors/scripted-channel.js";

/** Every cancellation that the listener of a call receives. */
function heardBy(call: Call): Cancellation[] {
  const heard: Cancellation[] = [];
  call.deadline.onCancel({ canceled: (cancellation) => heard.push(cancellation) });
  return heard;
}

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("a call ends once", () => {
  const endings: Readonly<Record<string, (call: Call, controller: AbortController, clock: ManualClock) => unknown>> = {
    deadline_exceeded: (_call, _controller, clock) => clock.advance(10_000),
    canceled: (_call, controller) => controller.abort(),
    unavailable: (call) => call.deadline.cancel({ code: "unavailable", message: "closed" }),
  };

  for (const [code, end] of Object.entries(endings)) {
    it(`with ${code}, whatever comes after`, async () => {
      const clock = new ManualClock();
      const controller = new AbortController();
      const call = callOn(clock, { signal: controller.signal });
      const heard = heardBy(call);
      await end(call, controller, clock);
      for (const later of Object.values(endings)) await later(call, controller, clock);
      assert.deepEqual(
        heard.map((cancellation) => cancellation.code),
        [code],
      );
      assert.equal(call.deadline.cancellation?.code, code);
      assert.equal(clock.pending, 0);
      assert.equal(listeners(controller.signal), 0);
    });
  }
});

it("only the interceptor that waits now hears of the end", async () => {
  const clock = new ManualClock();
  const call = callOn(clock);
  const [before, now] = [heardBy(call), heardBy(call)];
  await clock.advance(10_000);
  assert.deepEqual([before.length, now.length], [0, 1]);
  const quiet = callOn(clock);
  const none = heardBy(quiet);
  quiet.deadline.onCancel(undefined);
  await clock.advance(10_000);
  assert.equal(none.length, 0);
});

describe("the signal", () => {
  it("has one listener while calls last, however many, and none afterwards", () => {
    const clock = new ManualClock();
    const { signal } = new AbortController();
    for (let round = 0; round < 3; round += 1) {
      const calls = Array.from({ length: 200 }, () => callOn(clock, { signal }));
      assert.equal(listeners(signal), 1);
      assert.equal(clock.pending, 1); // all have the same time-out
      for (const call of calls.slice(1)) call.deadline.release();
      assert.equal(listeners(signal), 1);
      calls[0]?.deadline.release();
      assert.equal(listeners(signal), 0);
      assert.equal(clock.pending, 0);
    }
  });

  // Node searches all listeners of a signal for each change.
  it("is touched twice by 10,000 calls that it ends", (t) => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const { signal } = controller;
    const add = t.mock.method(signal, "addEventListener");
    const remove = t.mock.method(signal, "removeEventListener");
    const calls = Array.from({ length: 10_000 }, () => callOn(clock, { signal }));
    controller.abort("enough");
    assert.deepEqual(new Set(calls.map(({ deadline }) => deadline.cancellation?.cause)), new Set(["enough"]));
    for (const { deadline } of calls) deadline.release(); // as every call does that has settled
    assert.deepEqual([add.mock.callCount(), remove.mock.callCount()], [1, 1]);
    assert.equal(clock.pending, 0);
  });

  it("ends a call that another one's end brings about", () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const { signal } = controller;
    const [first, later] = [callOn(clock, { signal }), callOn(clock, { signal })];
    const heard = heardBy(later);
    let next: Call | undefined;
    first.deadline.onCancel({
      canceled: () => {
        later.deadline.release();
        next = callOn(clock, { signal });
      },
    });
    controller.abort();
    assert.equal(next?.deadline.cancellation?.code, "canceled");
    assert.deepEqual(heard, []); // it had settled before
    assert.equal(listeners(signal), 0);
  });

  it("that was aborted before ends the call as it begins, and nothing is left behind", () => {
    const clock = new ManualClock();
    const reason = new Error("never mind");
    const signal = AbortSignal.abort(reason);
    const call = callOn(clock, { signal });
    assert.deepEqual([call.deadline.cancellation?.code, call.deadline.cancellation?.cause], ["canceled", reason]);
    assert.equal(listeners(signal), 0);
    assert.equal(clock.pending, 0);
  });

  it("of a timeout is a deadline", async () => {
    const signal = AbortSignal.timeout(0);
    while (!signal.aborted) await turn();
    const { cancellation } = callOn(new ManualClock(), { signal }).deadline;
    assert.deepEqual([cancellation?.code, cancellation?.cause], ["deadline_exceeded", signal.reason]);
  });

  it("gives no other code, whatever its reason is", () => {
    const forged = Object.assign(new Error("no"), { name: "TimeoutError", code: "not_found" });
    for (const reason of [status("not_found"), forged, "deadline_exceeded", null, 0, { code: 4 }]) {
      assert.deepEqual(cancellationOf(reason), { code: "canceled", message: "canceled by the caller", cause: reason });
    }
  });
});

describe("the deadline", () => {
  it("is exactly when it was set, for any time and any steps towards it", async () => {
    const timeouts = fc.oneof(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 99_999_999 }),
      fc.constantFrom(1, 2, 10_000, 2 ** 24, 99_999_998, 99_999_999),
    );
    const property = fc.property(
      timeouts,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
      (timeoutMs, parts) => {
        const clock = new SteppedClock();
        const call = callOn(clock, { timeoutMs });
        for (const part of [...parts].sort((a, b) => a - b)) {
          clock.ms = Math.min(timeoutMs - 1, part * timeoutMs);
          assert.equal(call.deadline.cancellation, undefined);
          assert.ok(call.deadline.timeLeftMs() >= 1);
        }
        clock.ms = timeoutMs;
        assert.equal(call.deadline.cancellation?.code, "deadline_exceeded");
        assert.equal(call.deadline.cancellation.message, `no answer within ${timeoutMs} ms`);
        assert.equal(call.deadline.timeLeftMs(), 0);
        assert.deepEqual([clock.delay, clock.isNeeded], [timeoutMs, false]);
      },
    );
    fc.assert(property, { numRuns: 10_000 });
  });

  it("that has passed is seen before its timer runs, as when the event loop was busy", () => {
    const clock = new SteppedClock();
    const call = callOn(clock, { timeoutMs: 5 });
    const heard = heardBy(call);
    clock.ms = 6;
    assert.equal(call.deadline.cancellation?.code, "deadline_exceeded");
    assert.equal(heard.length, 1);
  });

  it("does not run on for a call that has settled", () => {
    const clock = new ManualClock();
    const call = callOn(clock);
    call.deadline.release();
    assert.equal(clock.pending, 0);
  });
});

/** Time that a test sets; its timer never runs. */
class SteppedClock {
  ms = 0;
  delay: number | undefined;
  isNeeded = true;

  now(): number {
    return this.ms;
  }

  wallMs(): number {
    return this.ms;
  }

  timer(delayMs: number): Timer {
    this.delay = delayMs;
    const unref = () => {
      this.isNeeded = false;
    };
    return { isReusable: true, stop: unref, ref: () => {}, unref };
  }

  after(): never {
    throw new Error("a deadline needs only timers");
  }
}

describe("sleeping", () => {
  it("ends after its time, and leaves the call as it was", async () => {
    const clock = new ManualClock();
    const call = callOn(clock);
    const start = clock.now();
    await clock.until(call.deadline.sleep(40, "never-sent"));
    assert.equal(clock.now() - start, 40);
    assert.equal(clock.pending, 1); // the deadline
    assert.equal(call.deadline.cancellation, undefined);
  });

  for (const [what, end] of Object.entries({
    "the end of the call": (call: Call) => call.deadline.cancel({ code: "canceled", message: "enough", cause: 7 }),
    "an end that was there before": () => {},
  })) {
    it(`is cut short by ${what}`, async () => {
      const clock = new ManualClock();
      const call = callOn(clock);
      if (what.includes("before")) call.deadline.cancel({ code: "canceled", message: "enough", cause: 7 });
      const sleeping = assert.rejects(call.deadline.sleep(40, "no-answer"), (error) => {
        assert.ok(error instanceof RpcFailure);
        assert.deepEqual([error.code, error.kind, error.evidence, error.cause], ["canceled", "ended", "no-answer", 7]);
        return true;
      });
      end(call);
      await sleeping;
      assert.equal(clock.pending, 0);
    });
  }
});

describe("waiting for what may take longer than the call", () => {
  const endless = () => new Promise<never>(() => {});

  it("gives its result, and leaves the call as it was", async () => {
    const call = callOn(new ManualClock());
    assert.equal(await call.deadline.within(Promise.resolve(1)), 1);
    await assert.rejects(call.deadline.within(Promise.reject(new Error("failed"))), { message: "failed" });
    call.deadline.cancel(cancellationOf("no reason")); // nobody hears of it
  });

  it("ends with the call, also if that has ended before", async () => {
    const clock = new ManualClock();
    const call = callOn(clock, { timeoutMs: 300 });
    const waiting = assert.rejects(call.deadline.within(endless()), {
      code: "deadline_exceeded",
      evidence: "no-answer",
    });
    await clock.advance(300);
    await waiting;
    await assert.rejects(call.deadline.within(endless()), { code: "deadline_exceeded" });
  });
});

it("headers that are carried along give way to the call's own, and to the next ones", () => {
  const call = callOn(new ManualClock(), { headers: { "containerd-namespace": "k8s.io" } });
  call.setTraceHeaders({ traceparent: "1", "containerd-namespace": "other" });
  assert.deepEqual(call.headers, { traceparent: "1", "containerd-namespace": "k8s.io" });
  call.setTraceHeaders({ tracestate: "2" });
  assert.deepEqual(call.headers, { tracestate: "2", "containerd-namespace": "k8s.io" });
});

it("the system's clock runs what is due, unless it is stopped or never due", async () => {
  const ran: string[] = [];
  const stop = systemClock.after(0, () => ran.push("stopped"));
  systemClock.after(Number.POSITIVE_INFINITY, () => ran.push("never"));
  stop();
  const start = systemClock.now();
  await new Promise<void>((resolve) => systemClock.after(1, resolve));
  assert.deepEqual(ran, []);
  assert.ok(systemClock.now() >= start);
});

it("a signal's reason that cannot be looked at means that the caller has canceled", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  assert.equal(cancellationOf(proxy).code, "canceled");
});

describe("requests that only find something out", () => {
  it("are not counted, unless they are what has failed", async () => {
    const call = callOn(new ManualClock());
    const send = async () => {
      call.attempts.total += 1;
    };
    await send();
    await call.uncounted(send);
    assert.equal(call.attempts.total, 1);
    const failing = call.uncounted(async () => {
      await send();
      throw new Error("no");
    });
    await assert.rejects(failing, /no/);
    assert.equal(call.attempts.total, 2);
  });
});
