import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Peer, type PeerStream } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { failureOf, get, newCall, outcome, until } from "./calls.js";
import { LateClock } from "./late-clock.js";
import { pass } from "./pass.js";

const CANCEL = 0x8;
const REFUSED_STREAM = 0x7;

describe("a deadline that is too short to connect", () => {
  it("does not make the daemon look silent", async () => {
    using peer = await Peer.start({ mute: true, greet: () => undefined });
    const clock = new ManualClock();
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock });
    const short = failureOf(get(channel, newCall({ timeoutMs: 20 }, clock)));
    const long = failureOf(get(channel, newCall({ timeoutMs: 500 }, clock)));
    await pass(clock, 600);
    const { message, hint } = await short;
    assert.deepEqual([message, hint], ["no answer within 20 ms", undefined]);
    assert.match((await long).message, /^no answer within 500 ms: unix:.* is silent$/);
    assert.match((await long).hint ?? "", /frozen or overloaded, or this may be its ttrpc socket; diagnose/);
    channel.destroy();
  });
});

describe("a port that is silent", () => {
  it("is not said to be containerd's ttrpc socket, which is a file", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo; // that of a TCP server is never text
    const clock = new ManualClock();
    for (const kind of ["tcp", "tls"] as const) {
      const channel = new Http2Channel({ kind, host: "127.0.0.1", port, tls: {} }, { clock });
      const connected = once(server, "connection");
      const failure = failureOf(get(channel, newCall({ timeoutMs: 500 }, clock)));
      const [socket]: Socket[] = await connected;
      await pass(clock, 600);
      const { message, hint } = await failure;
      assert.match(message, /is silent$/);
      assert.doesNotMatch(hint ?? "ttrpc", /ttrpc/);
      channel.destroy();
      socket?.destroy();
    }
    server.close();
  });
});

describe("a request that the daemon ends", () => {
  it("has exceeded its deadline if that has passed, although no timer has run yet", async () => {
    assert.equal(await ended(CANCEL, 11_000), "deadline_exceeded ended no-answer");
  });

  it("is unavailable before its deadline", async () => {
    assert.equal(await ended(CANCEL, 9_000), "unavailable broken no-answer");
  });

  it("was refused, if the daemon says so, also after its deadline", async () => {
    assert.equal(await ended(REFUSED_STREAM, 11_000), "unavailable broken refused");
  });

  it("does not end the other calls on its connection", async () => {
    const held: PeerStream[] = [];
    using peer = await Peer.start({ answer: (stream) => held.push(stream) });
    const clock = new LateClock();
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock });
    const results = [10_000, 60_000].map((timeoutMs) => outcome(get(channel, newCall({ timeoutMs }, clock))));
    await until(() => held.length === 2);
    clock.passedMs = 11_000;
    held[0]?.reset(CANCEL);
    assert.equal(await results[0], "deadline_exceeded ended no-answer");
    held[1]?.ok();
    assert.deepEqual([await results[1], peer.connections], ["ok", 1]);
    channel.destroy();
  });
});

/** The outcome of a call with 10 s, whose stream the daemon resets after so many milliseconds. */
async function ended(resetCode: number, afterMs: number): Promise<string> {
  let held: PeerStream | undefined;
  using peer = await Peer.start({
    answer: (stream) => {
      held = stream;
    },
  });
  const clock = new LateClock();
  const channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock });
  const result = outcome(get(channel, newCall({ timeoutMs: 10_000 }, clock)));
  await until(() => held !== undefined);
  clock.passedMs = afterMs;
  held?.reset(resetCode);
  const text = await result;
  channel.destroy();
  return text;
}
