import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Peer } from "../../faults/peer.js";
import { localAddress } from "../../support/local-address.js";
import { get, newCall, outcome, until } from "./calls.js";
import { LateClock } from "./late-clock.js";
import { pass } from "./pass.js";

const DOWN = "unavailable unreachable never-sent";

describe("a call that waits for a daemon", () => {
  it("tries again after the process stood still while it was refused", async () => {
    using place = localAddress();
    const { clock, channel, result } = await refusedLate(place.path);
    using _ = await Peer.start({}, { path: place.path });
    await pass(clock, 200);
    assert.equal(await result, "ok");
    channel.destroy();
  });

  it("gives up when it is refused again after its time", async () => {
    using place = localAddress();
    const { clock, channel, result } = await refusedLate(place.path);
    await pass(clock, 200);
    assert.deepEqual([await result, channel.outageCount()], [DOWN, 2]);
    channel.destroy();
  });

  it("is not dialed a second time after a function that took all its time to fail", async () => {
    const clock = new LateClock();
    const { channel, dials } = refusing(clock, 500, 500);
    assert.deepEqual([await outcome(get(channel, newCall({ timeoutMs: 60_000 }, clock))), dials()], [DOWN, 1]);
    channel.destroy();
  });

  it("does not wait if it may not", async () => {
    const clock = new LateClock();
    const { channel, dials } = refusing(clock, 0, 0);
    assert.deepEqual([await outcome(get(channel, newCall({ timeoutMs: 60_000 }, clock))), dials()], [DOWN, 1]);
    channel.destroy();
  });
});

/** A call that was refused once, while the process stood still for longer than it may wait. */
async function refusedLate(path: string) {
  const clock = new LateClock();
  const channel = new Http2Channel({ kind: "unix", path }, { clock });
  const result = outcome(get(channel, newCall({ timeoutMs: 60_000 }, clock)));
  clock.passedMs = 3_000;
  await until(() => channel.outageCount() === 1);
  return { clock, channel, result };
}

/** A channel whose function takes some time to fail. */
function refusing(clock: LateClock, takesMs: number, waitForDaemonMs: number) {
  let count = 0;
  const dial = () => {
    count += 1;
    clock.passedMs += takesMs;
    throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED", syscall: "connect" });
  };
  const channel = new Http2Channel({ kind: "dialed", dial }, { clock, waitForDaemonMs });
  return { channel, dials: () => count };
}
