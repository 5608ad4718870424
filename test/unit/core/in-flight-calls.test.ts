import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { InFlightCalls } from "../../../src/core/in-flight-calls.js";
import { ManualClock } from "../../support/manual-clock.js";
import { callOn } from "../interceptors/calls.js";

function withCalls(count: number) {
  const clock = new ManualClock();
  const lifetime = new InFlightCalls(clock);
  const calls = Array.from({ length: count }, () => callOn(clock));
  for (const call of calls) {
    lifetime.add(call);
    call.deadline.onCancel({ canceled: () => lifetime.remove(call) }); // as the client does once a call has settled
  }
  return { lifetime, calls, clock };
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await turn();
  return settled;
}

describe("closing", () => {
  it("without calls is done at once", async () => {
    const lifetime = new InFlightCalls(new ManualClock());
    assert.equal(lifetime.isClosed, false);
    await lifetime.close(5_000);
    assert.equal(lifetime.isClosed, true);
    await lifetime.close(5_000);
  });

  it("waits for the calls in flight, and ends none that finishes in time", async () => {
    const { lifetime, calls, clock } = withCalls(3);
    const closing = lifetime.close(5_000);
    assert.equal(lifetime.isClosed, true);
    await clock.advance(4_999);
    for (const call of calls) {
      assert.equal(await isSettled(closing), false);
      lifetime.remove(call);
    }
    await closing;
    for (const call of calls) lifetime.add(call); // which a timer that is left would end
    await clock.advance(5_000);
    assert.ok(calls.every((call) => call.deadline.cancellation === undefined));
  });

  it("ends the rest as unavailable when the grace is over", async () => {
    const { lifetime, calls, clock } = withCalls(3);
    const closing = lifetime.close(5_000);
    const [done] = calls;
    if (done !== undefined) lifetime.remove(done);
    await clock.advance(5_000);
    await closing;
    assert.deepEqual(
      calls.map((call) => call.deadline.cancellation?.code),
      [undefined, "unavailable", "unavailable"],
    );
  });

  it("twice is harmless: both are done when the calls are", async () => {
    const { lifetime, calls, clock } = withCalls(1);
    const both = [lifetime.close(5_000), lifetime.close(100)];
    await clock.advance(100);
    await Promise.all(both);
    assert.equal(calls[0]?.deadline.cancellation?.code, "unavailable");
  });

  it("tells what would never finish by itself, unless it no longer listens", async () => {
    const { lifetime } = withCalls(0);
    const heard: string[] = [];
    lifetime.onClose(() => heard.push("watch"));
    lifetime.onClose(() => heard.push("gone"))();
    lifetime.derive().onClose(() => heard.push("derived watch"));
    lifetime.derive().onClose(() => heard.push("derived and gone"))();
    await lifetime.close(0);
    assert.deepEqual(heard, ["watch", "derived watch"]);
  });
});

describe("the calls of derived clients", () => {
  /** An owner and two derived clients, with a call each. */
  function family() {
    const clock = new ManualClock();
    const owner = new InFlightCalls(clock);
    const members = [owner, owner.derive(), owner.derive().derive()].map((own) => {
      const call = callOn(clock);
      own.add(call);
      call.deadline.onCancel({ canceled: () => own.remove(call) });
      return { own, call };
    });
    const codes = () => members.map(({ call }) => call.deadline.cancellation?.code);
    return { clock, members, codes };
  }

  it("are ended with those of the owner", async () => {
    const { clock, members, codes } = family();
    const closing = members[0]?.own.close(10);
    assert.ok(members.every(({ own }) => own.isClosed));
    await clock.advance(10);
    await closing;
    assert.deepEqual(codes(), ["unavailable", "unavailable", "unavailable"]);
  });

  it("are waited for by the owner, in whatever order they end", async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
    ]) {
      const { members, codes } = family();
      const closing = members[0]?.own.close(10) ?? Promise.reject();
      for (const index of order) {
        assert.equal(await isSettled(closing), false);
        const member = members[index];
        member?.own.remove(member.call);
      }
      await closing;
      assert.deepEqual(codes(), [undefined, undefined, undefined]);
    }
  });

  it("are waited for also where one client has several", async () => {
    const clock = new ManualClock();
    const owner = new InFlightCalls(clock);
    const [one, other] = [owner.derive(), owner.derive()];
    const calls = [one, other, one].map((own) => ({ own, call: callOn(clock) }));
    for (const { own, call } of calls) own.add(call);
    const closing = owner.close(10);
    for (const { own, call } of calls) {
      assert.equal(await isSettled(closing), false);
      own.remove(call);
    }
    await closing;
  });

  it("are ended alone when their client closes", async () => {
    const { clock, members, codes } = family();
    const closing = members[2]?.own.close(10);
    assert.deepEqual(
      members.map(({ own }) => own.isClosed),
      [false, false, true],
    );
    await clock.advance(10);
    await closing;
    assert.deepEqual(codes(), [undefined, undefined, "unavailable"]);
  });

  it("are not kept by the owner after they have ended", async () => {
    const { members } = family();
    for (const { own, call } of members) own.remove(call);
    for (const { own, call } of members) own.add(call);
    for (const { own, call } of members) own.remove(call);
    await members[0]?.own.close(10);
  });
});
