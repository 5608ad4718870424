import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canceledFailure, Deadline } from "../../../src/rpc/deadline.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import type { Session } from "../../../src/transport/http2/session.js";
import { WaitingCalls } from "../../../src/transport/http2/waiting-calls.js";
import { ManualClock } from "../../support/manual-clock.js";

const failure = new RpcFailure("away", { code: "unavailable", kind: "unreachable", evidence: "never-sent" });
const session = {} as Session; // these tests do not use it

function waitingCalls() {
  const clock = new ManualClock();
  const events: string[] = [];
  const waiting = new WaitingCalls(clock, {
    emptied: () => events.push("emptied"),
    canceled: ({ code }) => events.push(code),
    failureOf: (cancellation) => canceledFailure(cancellation, "never-sent"),
  });
  const add = (timeoutMs = 60_000) => waiting.add(new Deadline({ timeoutMs, signal: undefined }, clock));
  return { clock, events, waiting, add };
}

describe("calls that wait for a connection", () => {
  it("all get the session", async () => {
    const { events, waiting, add } = waitingCalls();
    const calls = [add(), add()];
    waiting.resolveAll(session);
    assert.deepEqual(await Promise.all(calls), [session, session]);
    assert.deepEqual([events, waiting.isEmpty], [["emptied"], true]);
  });

  it("are rejected once they have waited long enough", async () => {
    const { clock, events, waiting, add } = waitingCalls();
    const first = assert.rejects(add(), failure);
    await clock.advance(100);
    const second = add();
    waiting.rejectAll(failure, 100);
    await first;
    assert.deepEqual([events, waiting.isEmpty], [[], false]);
    waiting.rejectAll(failure, Number.POSITIVE_INFINITY);
    await clock.advance(100);
    waiting.rejectAll(failure, 100, clock.now() - 1);
    assert.equal(waiting.isEmpty, false);
    const rejected = assert.rejects(second, failure);
    waiting.rejectAll(failure);
    await rejected;
    assert.deepEqual(events, ["emptied"]);
  });

  it("have waited since they were made, but not longer than the daemon has been away", async () => {
    const { clock, waiting, add } = waitingCalls();
    const deadline = () => new Deadline({ timeoutMs: 60_000, signal: undefined }, clock);
    const early = deadline();
    await clock.advance(500);
    const first = assert.rejects(add(), failure); // the daemon went away
    await clock.advance(60);
    const late = deadline();
    await clock.advance(40);
    const rejected = assert.rejects(waiting.add(early), failure);
    const connected = waiting.add(late);
    waiting.rejectAll(failure, 100);
    await Promise.all([first, rejected]);
    waiting.resolveAll(session);
    assert.equal(await connected, session, "it was in the line for only 40 ms");

    const again = waiting.add(early);
    waiting.rejectAll(failure, 100);
    waiting.resolveAll(session);
    assert.equal(await again, session, "the daemon was there in between");
  });

  it("leave with the failure of their cancellation before the listener is told of it", async () => {
    const { clock, events, waiting, add } = waitingCalls();
    const call = assert.rejects(add(50), { code: "deadline_exceeded", kind: "ended", evidence: "never-sent" });
    await clock.advance(50);
    await call;
    assert.deepEqual([events, waiting.isEmpty], [["emptied", "deadline_exceeded"], true]);
  });

  it("leave once: a deadline that passes later changes nothing", async () => {
    const { clock, events, waiting, add } = waitingCalls();
    const call = add(50);
    waiting.resolveAll(session);
    await clock.advance(100);
    assert.equal(await call, session);
    assert.deepEqual(events, ["emptied"]);
  });
});
