import assert from "node:assert/strict";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Peer } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { get, newCall, outcome, until } from "./calls.js";
import { pass } from "./pass.js";

const DOWN = "unavailable unreachable never-sent";

describe("a call that waits for a daemon", () => {
  it("tries again after the process stood still while it was refused", async () => {
    using peer = await Peer.start({});
    const clock = new LateClock();
    const { channel, dials } = dialing(clock, (count) => {
      if (count > 1) return connect(peer.path);
      clock.passedMs = 3_000;
      throw refused();
    });
    const result = outcome(get(channel, newCall({ timeoutMs: 60_000 }, clock)));
    await until(() => dials() === 1);
    await pass(clock, 100);
    assert.deepEqual([await result, dials()], ["ok", 2]);
    channel.destroy();
  });

  it("gives up when it is refused again after its time", async () => {
    const clock = new LateClock();
    const { channel, dials } = dialing(clock, () => {
      clock.passedMs = 3_000;
      throw refused();
    });
    const result = outcome(get(channel, newCall({ timeoutMs: 60_000 }, clock)));
    await until(() => dials() === 1);
    await pass(clock, 100);
    assert.deepEqual([await result, dials()], [DOWN, 2]);
    channel.destroy();
  });

  it("does not wait if it may not", async () => {
    const clock = new LateClock();
    const { channel, dials } = dialing(
      clock,
      () => {
        throw refused();
      },
      0,
    );
    assert.deepEqual([await outcome(get(channel, newCall({ timeoutMs: 60_000 }, clock))), dials()], [DOWN, 1]);
    channel.destroy();
  });
});

function dialing(clock: ManualClock, dial: (count: number) => Duplex, waitForDaemonMs?: number) {
  let count = 0;
  const counted = () => {
    count += 1;
    return dial(count);
  };
  const channel = new Http2Channel({ kind: "dialed", dial: counted }, { clock, waitForDaemonMs });
  return { channel, dials: () => count };
}

function refused(): Error {
  return Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" });
}

/** Time passes, but no timer runs: the process stands still. */
class LateClock extends ManualClock {
  passedMs = 0;

  override now(): number {
    return super.now() + this.passedMs;
  }
}
