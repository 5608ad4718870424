import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import diagnosticsChannel from "node:diagnostics_channel";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RpcFailure } from "../../../src/rpc/failure.js";
import { Http2Channel, type Http2ChannelOptions } from "../../../src/transport/http2/channel.js";
import { Peer } from "../../faults/peer.js";
import { neverNobody } from "../../support/as-nobody.js";
import { ManualClock } from "../../support/manual-clock.js";
import { failureOf, get, newCall, outcome, until } from "./calls.js";
import { pass } from "./pass.js";

const MAX_DIALS_PER_SECOND = 12;
/** Since the last channel was made. */
let dials = 0;
diagnosticsChannel.subscribe("net.client.socket", () => {
  dials += 1;
});
const callers = Array.from({ length: 64 });
const LARGE_NAME = "a".repeat(5_000);

describe("waiting for the daemon", () => {
  const dir = mkdtempSync(join(tmpdir(), "waiting-"));
  after(() => rmSync(dir, { recursive: true }));

  it("gives a daemon that was never reached one second, however many wait", async () => {
    const { channel, clock } = channelAt(join(dir, "none.sock"));
    const failures = Promise.all(callers.map(() => failureOf(get(channel, newCall({}, clock)))));
    let settled = 0;
    const calls = failures.then(() => {
      settled = clock.now();
    });
    await pass(clock, 1_200);
    await calls;
    assert.ok(settled >= 1_000 && settled <= 1_100, `${settled} ms`);
    for (const failure of await failures) assertUnreachable(failure, "ENOENT", /no such socket/);
    assert.ok(dials <= MAX_DIALS_PER_SECOND + 1, `${dials} dials in 1.1 s`);
  });

  it("waits for a daemon that it has reached before until the deadline", async () => {
    using peer = await Peer.start({});
    const { channel, clock } = channelAt(peer.path);
    await get(channel, newCall({}, clock));
    peer.deafen();
    for (const connection of peer.open) connection.close();
    await until(() => peer.open.size === 0);
    for (let i = 0; i < 10; i += 1) await turn(); // the client hears of it
    const failure = failureOf(get(channel, newCall({ timeoutMs: 30_000 }, clock)));
    await pass(clock, 29_990);
    assert.ok(dials > 300);
    await pass(clock, 20);
    const { code, kind, evidence, hint, cause, message } = await failure;
    assert.deepEqual([code, kind, evidence], ["deadline_exceeded", "ended", "never-sent"]);
    assert.match(message, /no answer within 30000 ms: cannot connect to unix:.*ENOENT/);
    assert.match(hint ?? "", /no such socket/);
    assert.ok(cause instanceof Error && cause.cause instanceof Error && "errno" in cause.cause);
  });

  it("says that there is no socket, and once there is one, that the daemon is silent", async () => {
    using peer = await Peer.start({ mute: true, greet: () => {} });
    peer.deafen();
    const { channel, clock } = channelAt(peer.path, { waitForDaemonMs: 60_000 });
    const early = failureOf(get(channel, newCall({ timeoutMs: 300 }, clock)));
    const late = failureOf(get(channel, newCall({ timeoutMs: 2_000 }, clock)));
    await pass(clock, 500);
    await peer.listen();
    await pass(clock, 1_600);
    const next = failureOf(get(channel, newCall({ timeoutMs: 500 }, clock)));
    await pass(clock, 600);
    assert.match((await early).message, /ENOENT/);
    for (const { message, hint, cause } of [await late, await next]) {
      assert.match(message, /: unix:.* is silent$/);
      assert.match(hint ?? "", /it accepts connections but does not answer/);
      assert.equal(cause, undefined);
    }
    channel.destroy();
  });

  it("says that there is no socket any more, also while an attempt at the one before is silent", async () => {
    using peer = await Peer.start({ mute: true, greet: () => {} });
    const { channel, clock } = channelAt(peer.path, { waitForDaemonMs: 60_000 });
    const early = failureOf(get(channel, newCall({ timeoutMs: 1_200 }, clock)));
    await pass(clock, 1_300);
    peer.deafen();
    const late = failureOf(get(channel, newCall({ timeoutMs: 1_200 }, clock)));
    await pass(clock, 1_300);
    assert.match((await early).message, / is silent$/);
    assert.match((await late).message, /ENOENT/);
    channel.destroy();
  });

  it("waits as long as it is told, inside the deadline", async () => {
    for (const [waitForDaemonMs, timeoutMs, expected] of [
      [0, 10_000, "unavailable unreachable never-sent"],
      [300, 10_000, "unavailable unreachable never-sent"],
      [5_000, 300, "deadline_exceeded ended never-sent"],
    ] as const) {
      const { channel, clock } = channelAt(join(dir, "none.sock"), { waitForDaemonMs });
      const result = outcome(get(channel, newCall({ timeoutMs }, clock)));
      await pass(clock, Math.min(waitForDaemonMs, timeoutMs) + 100);
      assert.equal(await result, expected);
    }
  });

  it("dials no faster for callers that call again at once", async () => {
    const { channel, clock } = channelAt(join(dir, "none.sock"), { waitForDaemonMs: 0 });
    const calls = await callAgainForOneSecond(channel, clock);
    assert.ok(calls >= 64 * 10);
    assert.ok(dials <= MAX_DIALS_PER_SECOND + 1, `${dials} dials`);
  });

  it("dials no faster when the peer takes connections and ends them unused", async () => {
    using peer = await Peer.start({ greet: (connection) => connection.end() });
    const { channel, clock } = channelAt(peer.path);
    const results = Promise.all(callers.map(() => outcome(get(channel, newCall({}, clock)))));
    await pass(clock, 1_200);
    assert.deepEqual(new Set(await results), new Set(["unavailable unreachable never-sent"]));
    assert.ok(peer.connections <= MAX_DIALS_PER_SECOND + 1, `${peer.connections} dials`);
  });

  it("dials no faster when the peer takes connections and ends them with the first request", async () => {
    using peer = await Peer.start({ answer: (stream) => stream.connection.close() });
    const { channel, clock } = channelAt(peer.path);
    const calls = await callAgainForOneSecond(channel, clock);
    assert.ok(calls >= 64 * 5, `${calls} calls`);
    assert.ok(peer.connections <= MAX_DIALS_PER_SECOND + 1, `${peer.connections} dials`);
  });

  it("dials no faster for large requests, which get connections of their own, and waits as long for the daemon", async () => {
    using peer = await Peer.start({});
    const { channel, clock } = channelAt(peer.path);
    await get(channel, newCall({}, clock), LARGE_NAME);
    peer.deafen();
    for (const connection of peer.open) connection.close();
    await until(() => peer.open.size === 0);
    for (let i = 0; i < 10; i += 1) await turn(); // the client hears of it
    dials = 0;
    const results = Promise.all(callers.map(() => outcome(get(channel, newCall({}, clock), LARGE_NAME))));
    await pass(clock, 2_000);
    assert.ok(dials <= 2 * MAX_DIALS_PER_SECOND + 1, `${dials} dials in 2 s`);
    await peer.listen();
    await pass(clock, 200);
    assert.deepEqual(new Set(await results), new Set(["ok"]));
    channel.destroy();
  });

  it("stops dialing when nobody waits any more, and dials at once for the next", async () => {
    const { channel, clock } = channelAt(join(dir, "none.sock"));
    const abort = new AbortController();
    const result = outcome(get(channel, newCall({ signal: abort.signal }, clock)));
    await pass(clock, 200);
    abort.abort();
    assert.equal(await result, "canceled ended never-sent");
    assert.equal(clock.pending, 0);
    const before = dials;
    await pass(clock, 1_000);
    assert.equal(dials, before);
    const next = outcome(get(channel, newCall({ timeoutMs: 50 }, clock)));
    await pass(clock, 10);
    assert.equal(dials, before + 1);
    await pass(clock, 50);
    assert.equal(await next, "deadline_exceeded ended never-sent");
  });

  it("goes on with a slow attempt when one of the waiting calls is aborted", async () => {
    using peer = await Peer.start({ mute: true, greet: () => {} });
    const { channel, clock } = channelAt(peer.path);
    const patient = outcome(get(channel, newCall({}, clock)));
    const abort = new AbortController();
    const other = failureOf(get(channel, newCall({ signal: abort.signal }, clock)));
    await pass(clock, 500);
    abort.abort();
    const { code, evidence, message } = await other;
    assert.deepEqual([code, evidence, message], ["canceled", "never-sent", "canceled by the caller"]);
    await pass(clock, 500);
    assert.equal(dials, 1);
    channel.destroy();
    assert.equal(await patient, "unavailable ended never-sent");
  });

  it("shares one connection among all first calls", async () => {
    using peer = await Peer.start({});
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    await Promise.all(callers.map(() => get(channel)));
    assert.equal(peer.connections, 1);
    channel.destroy();
  });

  it("waits shortly for a restarted daemon whose socket is still closed to this user", { skip: neverNobody }, () => {
    const script = fileURLToPath(new URL("denied.ts", import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });

  it("finds the daemon within 30 ms of its return", async () => {
    using peer = await Peer.start({});
    const { channel, clock } = channelAt(peer.path);
    const tookMs: number[] = [];
    for (let round = 0; round < 15; round += 1) {
      await get(channel, newCall({}, clock));
      peer.deafen();
      for (const connection of peer.open) connection.close();
      await until(() => peer.open.size === 0);
      for (let i = 0; i < 10; i += 1) await turn(); // the client hears of it
      let waiting = callers.length;
      const calls = callers.map(async () => {
        await get(channel, newCall({}, clock));
        waiting -= 1;
      });
      await pass(clock, 200 + 17 * round, 1);
      assert.equal(waiting, callers.length);
      await peer.listen();
      const back = clock.now();
      while (waiting > 0) await pass(clock, 1, 1);
      tookMs.push(clock.now() - back);
      await Promise.all(calls);
    }
    channel.destroy();

    assert.ok(Math.max(...tookMs) <= 30, `${tookMs} ms`);
  });
});

function channelAt(path: string, options: Http2ChannelOptions = {}): { channel: Http2Channel; clock: ManualClock } {
  const clock = new ManualClock();
  dials = 0;
  return { channel: new Http2Channel({ kind: "unix", path }, { ...options, clock }), clock };
}

function assertUnreachable({ code, kind, evidence, hint, cause }: RpcFailure, errno: string, telling: RegExp): void {
  assert.deepEqual([code, kind, evidence], ["unavailable", "unreachable", "never-sent"]);
  assert.match(hint ?? "", telling);
  assert.ok(cause instanceof Error && "code" in cause && cause.code === errno);
}

/** How many calls the callers make in one second if each calls again as soon as its call has ended. */
async function callAgainForOneSecond(channel: Http2Channel, clock: ManualClock): Promise<number> {
  let calls = 0;
  const worker = async () => {
    for (; clock.now() < 1_000; calls += 1) await outcome(get(channel, newCall({}, clock)));
  };
  const workers = Promise.all(callers.map(worker));
  await pass(clock, 1_200);
  await workers;
  return calls;
}
