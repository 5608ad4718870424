import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createRequest } from "../../../src/codec/requests.js";
import { imageResponse } from "../../../src/codec/responses.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import type { Invoker } from "../../../src/rpc/invoker.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { ConnectionPool } from "../../../src/transport/http2/connection-pool.js";
import { lostStreamFailure } from "../../../src/transport/http2/lost-stream.js";
import { Session } from "../../../src/transport/http2/session.js";
import { settings } from "../../faults/frames.js";
import { Peer, type PeerConnection, type PeerStream, sendSettings } from "../../faults/peer.js";
import { failureOf, get, newCall, outcome, until } from "./calls.js";

const NO_ERROR = 0;
const CANCEL = 8;

function channelTo(peer: Peer): Http2Channel {
  return new Http2Channel({ kind: "unix", path: peer.path }, { waitForDaemonMs: 500 });
}

describe("a channel", () => {
  it("does not keep the process alive when it is idle", async () => {
    using peer = await Peer.start({});
    const script = fileURLToPath(new URL("idle.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, peer.path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data"); // the last call is over, the connection open
    const start = performance.now();
    assert.equal(peer.open.size, 1);
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
    assert.ok(performance.now() - start <= 3_000); // a call has ten seconds
  });

  for (const how of ["expired", "aborted"]) {
    it(`does not keep the process alive while it connects for calls that have ${how}`, async () => {
      using peer = await Peer.start({ mute: true, greet: () => {} });
      const script = fileURLToPath(new URL("silent.ts", import.meta.url));
      const child = spawn(process.execPath, ["--import", "tsx", script, peer.path, how], {
        stdio: "inherit",
        timeout: 20_000,
      });
      const [code] = await once(child, "exit");
      assert.equal(code, 0);
    });
  }

  it("resets no stream whose response is complete", async () => {
    using peer = await Peer.start({});
    const channel = channelTo(peer);
    for (let count = 0; count < 3; count += 1) await get(channel);
    const [connection] = peer.open;
    await create(channel, 20_000);
    await get(channel);
    assert.deepEqual(connection?.resets, []);
    channel.destroy();
  });

  for (const how of ["new", "left"]) {
    it(`keeps the process alive while a call waits, for a ${how} connection and for its response`, async () => {
      using peer = await Peer.start({
        mute: true, // a SETTINGS frame has to be its first
        greet: (connection) => setTimeout(() => sendSettings(connection), 50),
        answer: (stream) => setTimeout(() => stream.ok(), 50),
      });
      const script = fileURLToPath(new URL("endless.ts", import.meta.url));
      const child = spawn(process.execPath, ["--import", "tsx", script, peer.path, how], {
        stdio: "inherit",
        timeout: 20_000,
      });
      const [code] = await once(child, "exit");
      assert.equal(code, 0); // it would be 13
    });
  }

  it("leaves nothing behind when it was made and destroyed a thousand times", async () => {
    using peer = await Peer.start({});
    const life = async () => {
      const channel = channelTo(peer);
      await get(channel);
      channel.destroy();
    };
    await life();
    await until(() => peer.open.size === 0);
    const before = descriptors();
    for (let i = 0; i < 1_000; i += 1) await life();
    await until(() => peer.open.size === 0);
    await until(() => descriptors() <= before);
    assert.equal(peer.connections, 1_001);
  });

  it("settles every call when it is destroyed", async () => {
    using peer = await Peer.start({ answer: () => {} });
    const channel = channelTo(peer);
    const inFlight = Array.from({ length: 64 }, () => outcome(get(channel)));
    await until(() => peer.open.size === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    channel.destroy();
    assert.deepEqual(new Set(await Promise.all(inFlight)), new Set(["unavailable ended no-answer"]));
    assert.equal(await outcome(get(channel)), "unavailable ended never-sent");
    assert.equal(await outcome(get(channel, newCall(), "n".repeat(5_000))), "unavailable ended never-sent");
    await until(() => peer.open.size === 0);
  });

  it("settles every call that waits for a connection when it is destroyed", async () => {
    using peer = await Peer.start({ mute: true, greet: () => {} });
    const channel = channelTo(peer);
    const waiting = Array.from({ length: 64 }, () => outcome(get(channel)));
    await until(() => peer.open.size === 1);
    channel.destroy();
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set(["unavailable ended never-sent"]));
    await until(() => peer.open.size === 0);
  });
});

describe("an abort", () => {
  for (const [phase, peer, evidence] of [
    ["while it dials", { mute: true, greet: () => {} }, "never-sent"],
    ["while it waits for the answer", { answer: () => {} }, "no-answer"],
    ["amid the answer", { answer: (stream: PeerStream) => stream.headers() }, "no-answer"],
  ] as const) {
    it(`${phase} is seen at once, and is the caller's`, async () => {
      using server = await Peer.start(peer);
      const channel = channelTo(server);
      const abort = new AbortController();
      const failing = failureOf(get(channel, newCall({ signal: abort.signal })));
      await until(() => server.open.size === 1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      const reason = new Error("enough");
      abort.abort(reason);
      const failure = await Promise.race([failing, turn("still waiting")]);
      assert.ok(failure instanceof RpcFailure, "it is seen before the event loop turns");
      assert.deepEqual([failure.code, failure.kind, failure.evidence], ["canceled", "ended", evidence]);
      assert.equal(failure.cause, reason);
      const [connection] = server.open;
      if (evidence === "no-answer") await until(() => connection?.resets.at(-1) === CANCEL);
      channel.destroy();
    });
  }

  it("before the call sends nothing, with a connection or without one", async () => {
    let requests = 0;
    const begin = () => {
      requests += 1;
    };
    using peer = await Peer.start({ begin });
    const channel = channelTo(peer);
    const canceled = () => outcome(get(channel, newCall({ signal: AbortSignal.abort() })));
    assert.equal(await canceled(), "canceled ended never-sent");
    assert.equal(peer.connections, 0);
    await get(channel);
    assert.equal(await canceled(), "canceled ended never-sent");
    await get(channel);
    assert.equal(requests, 2);
    channel.destroy();
  });
});

describe("a connection that ends or falls silent", () => {
  it("finishes its calls after GOAWAY while new calls go on another one", async () => {
    const held: PeerStream[] = [];
    using peer = await Peer.start({
      answer: (stream, count) => {
        if (count > 1) stream.ok();
        else held.push(stream.goAway(stream.id, NO_ERROR));
      },
    });
    const channel = channelTo(peer);
    const first = get(channel);
    await until(() => held.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await get(channel);
    assert.equal(peer.connections, 2);
    held[0]?.ok();
    assert.equal((await first).name, "app:1");
    await until(() => peer.open.size === 1);
    channel.destroy();
  });

  it("never fails more than as refused through 300 GOAWAYs right after the response", async () => {
    using peer = await Peer.start({ answer: (stream) => stream.ok().goAway(stream.id, NO_ERROR).end() });
    const channel = channelTo(peer);
    for (let round = 0; round < 300; round += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      const result = await outcome(get(channel));
      assert.ok(result === "ok" || result === "unavailable broken refused", result);
    }
    channel.destroy();
  });

  it("takes no new calls after a call that ran into its deadline, and finishes the others", async () => {
    using peer = await Peer.start({
      answer: (stream, count) => {
        if (count === 1) setTimeout(() => stream.ok(), 150);
        if (count > 2) stream.ok();
      },
    });
    const channel = channelTo(peer);
    const slow = get(channel);
    assert.equal(await outcome(get(channel, newCall({ timeoutMs: 50 }))), "deadline_exceeded ended no-answer");
    await get(channel);
    assert.equal(peer.connections, 2);
    await slow;
    await until(() => peer.open.size === 1);
    channel.destroy();
  });

  it("is replaced when a frozen daemon has a successor on the same path", async () => {
    using frozen = await Peer.start({ answer: () => {} });
    const channel = channelTo(frozen);
    assert.equal(await outcome(get(channel, newCall({ timeoutMs: 200 }))), "deadline_exceeded ended no-answer");
    using successor = await Peer.start({}, { path: frozen.path });
    await get(channel);
    channel.destroy();
    assert.equal(frozen.connections + successor.connections, 2);
  });

  it("is replaced also when the frozen daemon never sent anything", async () => {
    using frozen = await Peer.start({ mute: true, greet: () => {} });
    const channel = channelTo(frozen);
    const early = outcome(get(channel, newCall({ timeoutMs: 200 })));
    const patient = get(channel, newCall({ timeoutMs: 5_000 }));
    await until(() => frozen.connections === 1);
    using successor = await Peer.start({}, { path: frozen.path });
    assert.equal(await early, "deadline_exceeded ended never-sent");
    assert.equal((await patient).name, "app:1");
    assert.equal(successor.connections, 1);
    await until(() => frozen.open.size === 0);
    channel.destroy();
  });

  it("is not given up when it is only slow to begin", async () => {
    const silent: PeerConnection[] = [];
    using peer = await Peer.start({ mute: true, greet: (connection) => silent.push(connection) });
    const channel = channelTo(peer);
    const patient = get(channel, newCall({ timeoutMs: 30_000 }));
    for (let i = 0; i < 4; i += 1) {
      assert.equal(await outcome(get(channel, newCall({ timeoutMs: 120 }))), "deadline_exceeded ended never-sent");
    }
    await until(() => silent.length > 2);
    silent[0]?.send(settings());
    assert.equal((await patient).name, "app:1");
    await until(() => peer.open.size === 1);
    channel.destroy();
  });
});

describe("one connection for some requests", () => {
  it("is what pinned calls stay on, and they fail as never-sent once it is gone", async () => {
    using peer = await Peer.start({});
    const channel = channelTo(peer);
    await pinned(channel, async (invoker, connection) => {
      await get(invoker);
      await pinned(channel, async (_invoker, again) => assert.equal(again, connection));
      for (const each of peer.open) each.close();
      await until(() => peer.open.size === 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(await outcome(get(invoker)), "unavailable broken never-sent");
      await pinned(channel, async (_invoker, other) => assert.notEqual(other, connection));
    });
    channel.destroy();
  });

  it("is given to a long name, which an error might echo, and closed afterwards", async (t) => {
    using peer = await Peer.start({});
    const channel = channelTo(peer);
    await get(channel);
    await get(channel, newCall(), "n".repeat(5_000));
    assert.equal(peer.connections, 2);
    await until(() => peer.open.size === 1);
    await create(channel, 20_000);
    assert.equal(peer.connections, 2);
    const { mock } = t.mock.method(ConnectionPool.prototype, "destroy");
    channel.destroy();
    assert.equal(mock.callCount(), 1); // the other connection is forgotten
  });

  it("is waited for as long as any other while a daemon that was reached before is away", async () => {
    const peer = await Peer.start({});
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    await get(channel);
    peer[Symbol.dispose]();
    const call = newCall({ timeoutMs: 1_300 }); // a daemon that was never reached is given a second
    assert.equal(await outcome(get(channel, call, "n".repeat(5_000))), "deadline_exceeded ended never-sent");
    channel.destroy();
  });

  it("takes no further requests after a long name on a pinned one", async () => {
    using peer = await Peer.start({});
    const channel = channelTo(peer);
    await pinned(channel, async (invoker) => void (await get(invoker, newCall(), "n".repeat(5_000))));
    await get(channel);
    assert.equal(peer.connections, 2);
    await until(() => peer.open.size === 1);
    channel.destroy();
  });

  it("ends with the channel", async () => {
    const requests: PeerStream[] = [];
    using peer = await Peer.start({ answer: (stream) => requests.push(stream) });
    const channel = channelTo(peer);
    const result = outcome(get(channel, newCall(), "n".repeat(5_000)));
    await until(() => requests.length === 1);
    channel.destroy();
    assert.equal(await result, "unavailable ended no-answer");
    await until(() => peer.open.size === 0);
  });

  it("is not affected by headers that are too large to send", async () => {
    using peer = await Peer.start({});
    const channel = channelTo(peer);
    for (const [sizeBytes, expected] of [
      [50_000, "ok"],
      [70_000, "resource_exhausted misconfigured never-sent"],
      [1_000_000, "resource_exhausted misconfigured never-sent"],
      [10, "ok"],
    ] as const) {
      const headers = { "x-large": "x".repeat(sizeBytes) };
      assert.equal(await outcome(get(channel, newCall({ headers, timeoutMs: 2_000 }))), expected, `${sizeBytes}`);
    }
    channel.destroy();
  });

  it("says that headers are too large also by the code with which Node 22.3 to 22.12 ends the stream", async () => {
    using peer = await Peer.start({});
    const channel = channelTo(peer);
    const stream = { id: 1, resetCode: 0x6, hasBegun: false, error: undefined };
    await channel.pinned(newCall(), async (_, session) => {
      assert.ok(session instanceof Session);
      for (const [sizeBytes, isTooLarge] of [
        [65_500, false],
        [65_501, true], // with 17 bytes for the block, 12 for the header, and its key
      ] as const) {
        const sentHeaders = { "x-large": "x".repeat(sizeBytes) };
        const { message } = lostStreamFailure({ ...stream, sentHeaders }, session);
        assert.equal(/too large to send/.test(message), isTooLarge, message);
      }
    });
    channel.destroy();
  });

  it("may have passed on a request that the peer ends, however large its headers are", async () => {
    for (const code of [0x6, 0x7]) {
      using peer = await Peer.start({ answer: (stream) => stream.reset(code) });
      const dial = async () => connect(peer.path);
      const channel = new Http2Channel({ kind: "dialed", dial }, { waitForDaemonMs: 500 }); // maybe a proxy
      const call = newCall({ headers: { "x-large": "x".repeat(63_000) }, timeoutMs: 2_000 });
      assert.match(await outcome(get(channel, call)), /broken no-answer$/, `${code}`);
      channel.destroy();
    }
  });

  it("is not affected by headers that Node refuses to send", async () => {
    using peer = await Peer.start({});
    const channel = channelTo(peer);
    await get(channel);
    const wrong = outcome(get(channel, newCall({ headers: { connection: "close" } })));
    assert.equal(await wrong, "invalid_argument misconfigured never-sent");
    await get(channel);
    assert.equal(peer.connections, 1);
    channel.destroy();
  });
});

async function pinned(
  channel: Http2Channel,
  use: (invoker: Invoker, connection: object) => Promise<void>,
): Promise<void> {
  const call = newCall();
  await channel.pinned(call, use);
  call.deadline.release();
}

async function create(invoker: Invoker, labelBytes: number): Promise<void> {
  const labels = Object.fromEntries(Array.from({ length: labelBytes / 1_000 }, (_, i) => [`${i}`, "x".repeat(1_000)]));
  const target = { mediaType: "a/b", digest: `sha256:${"0".repeat(64)}`, size: 1, annotations: {} };
  const call = newCall();
  await invoker.unary(createRequest({ name: "big:1", labels, target }, undefined), call, imageResponse);
  call.deadline.release();
}

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
