import assert from "node:assert/strict";
import { once } from "node:events";
import http2, { type ClientHttp2Session, createServer, type ServerHttp2Session } from "node:http2";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { getRequest } from "../../../src/codec/requests.js";
import { imageResponse } from "../../../src/codec/responses.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { Session } from "../../../src/transport/http2/session.js";
import { nextTurn } from "../../../src/util/next-turn.js";
import { usageAfterCollection } from "../../faults/collect-garbage.js";
import { headers } from "../../faults/frames.js";
import { Peer, type PeerStream } from "../../faults/peer.js";
import { localAddress } from "../../support/local-address.js";
import { ManualClock } from "../../support/manual-clock.js";
import { failureOf, get, newCall, outcome, until } from "./calls.js";

const LAST_STREAM_ID = 2 ** 31 - 1;

describe("a session", () => {
  it("lets the peer send 1 MiB of a response and 4 MiB of all without waiting, and headers up to 60 KiB", async () => {
    using place = localAddress();
    const server = createServer();
    const sessions: ServerHttp2Session[] = [];
    server.on("session", (session) => sessions.push(session));
    await once(server.listen(place.path), "listening");
    const channel = new Http2Channel({ kind: "unix", path: place.path }, {});
    const call = newCall();
    const held = outcome(channel.pinned(call, () => until(() => sessions[0]?.state.remoteWindowSize === 4 << 20)));
    assert.equal(await held, "ok");
    call.deadline.release();
    const { initialWindowSize, maxHeaderListSize, enablePush } = sessions[0]?.remoteSettings ?? {};
    assert.deepEqual([initialWindowSize, maxHeaderListSize, enablePush], [1 << 20, 60 << 10, false]);
    channel.destroy();
    server.close();
    await once(server, "close");
  });

  it("may send responses with a status of 1xx for as long as a call waits, a few in each turn", async () => {
    using peer = await Peer.start({
      answer: async (stream) => {
        for (let count = 0; count < 150; count += 1) {
          stream.send(headers(stream.id, [[":status", "102"]]));
          await nextTurn();
        }
        stream.ok();
      },
    });
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
    assert.equal(await outcome(get(channel)), "ok");
    channel.destroy();
  });

  it("that has ended is not kept by its channel", async () => {
    using peer = await Peer.start({ answer: (stream) => stream.ok() });
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
    const ended: WeakRef<object>[] = [];
    for (let count = 1; count <= 5; count += 1) {
      await outcome(get(channel)); // it may fail, because the client has not yet noticed the end
      const call = newCall();
      await channel.pinned(call, async (_, session) => void ended.push(new WeakRef(session)));
      call.deadline.release();
      for (const connection of peer.open) connection.close();
      await until(() => peer.open.size === 0);
    }
    await outcome(get(channel));
    await get(channel); // until then the channel may keep its last session
    await usageAfterCollection();
    assert.equal(ended.filter((session) => session.deref() !== undefined).length, 0);
    channel.destroy();
  });

  it("that a large request has had to itself is not kept by its channel", async () => {
    using peer = await Peer.start({ answer: (stream) => stream.ok() });
    const streams: WeakRef<object>[] = [];
    const dial = () => {
      const stream = connect(peer.path);
      streams.push(new WeakRef(stream));
      return stream;
    };
    const channel = new Http2Channel({ kind: "dialed", dial });
    await get(channel, newCall(), "a".repeat(5_000));
    await get(channel, newCall(), "a".repeat(5_000));
    await until(() => peer.open.size === 1); // that of small requests
    await usageAfterCollection();
    assert.equal(streams.length, 3);
    assert.equal(streams.filter((stream) => stream.deref() !== undefined).length, 1);
    channel.destroy();
  });

  for (const [code, connections] of [
    ["canceled", 1],
    ["deadline_exceeded", 2],
  ] as const) {
    it(`takes ${connections === 1 ? "new" : "no new"} calls after one that has ended as ${code}`, async () => {
      let requests = 0;
      const answer = (stream: PeerStream) => {
        requests += 1;
        if (requests > 1) stream.ok();
      };
      using peer = await Peer.start({ answer });
      const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
      const call = newCall();
      const ended = outcome(get(channel, call));
      await until(() => requests === 1);
      call.deadline.cancel({ code, message: "on purpose" });
      assert.equal(await ended, `${code} ended no-answer`);
      await get(channel);
      assert.equal(peer.connections, connections);
      channel.destroy();
    });
  }

  it("is not affected by the deadline of a call that has its response already", async () => {
    using peer = await Peer.start({});
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
    const call = newCall();
    await channel.unary(getRequest("app:1"), call, imageResponse);
    call.deadline.cancel({ code: "deadline_exceeded", message: "on purpose" });
    await get(channel);
    assert.equal(peer.connections, 1);
    channel.destroy();
  });

  it("reads each response to its end, however large it and the one before it are", async () => {
    const sizes = [10, 100_000, 3_000_000, 10, 3_000_000, 100_000];
    using peer = await Peer.start({
      answer: (stream, count) => void stream.flood(Buffer.alloc(sizes[count - 1] ?? 0)),
    });
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
    const length = { whole: (message: Uint8Array) => message.length };
    const lengths: number[] = [];
    for (const _ of sizes) {
      const call = newCall();
      lengths.push(await channel.unary(getRequest("app:1"), call, length));
      call.deadline.release();
    }
    const resets = [...peer.open].flatMap((connection) => connection.resets);
    assert.deepEqual([lengths, peer.connections, resets], [sizes, 1, []]);
    channel.destroy();
  });

  // As the shared connection of a watch whose events need another one, because the peer allows few streams.
  it("does not keep the process alive before its first call, nor after it", async () => {
    using peer = await Peer.start({});
    let keepsAlive = true;
    const dial = () => {
      const stream = connect(peer.path);
      const keepAlive = (on: boolean) => () => {
        keepsAlive = on;
        return stream;
      };
      return Object.assign(stream, { ref: keepAlive(true), unref: keepAlive(false) });
    };
    const channel = new Http2Channel({ kind: "dialed", dial });
    const call = newCall();
    await channel.eventSlots.acquire(call.deadline);
    call.deadline.release();
    assert.equal(keepsAlive, false);
    await get(channel);
    assert.deepEqual([keepsAlive, peer.connections], [false, 1]);
    channel.destroy();
  });

  it("is replaced without a delay if the peer has responded on it, however soon it is lost", async () => {
    using peer = await Peer.start({});
    const clock = new ManualClock();
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock });
    const call = newCall({}, clock);
    const session = await channel.pinned(call, async (_, connection) => connection);
    await get(channel, call);
    for (const connection of peer.open) connection.close();
    await until(() => session instanceof Session && session.gone);
    const next = get(channel, newCall({}, clock));
    await until(() => peer.connections === 2);
    await next;
    channel.destroy();
  });

  it("takes no more calls from the moment in which it is found to be lost", async () => {
    using peer = await Peer.start({});
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
    const call = newCall();
    await channel.pinned(call, async (_, session) => {
      assert.ok(session instanceof Session);
      session.lose(new Error("lost"));
      assert.equal(await outcome(get(channel)), "ok");
    });
    call.deadline.release();
    assert.equal(peer.connections, 2);
    channel.destroy();
  });

  it("that is found to be lost ends its calls, with the reason", async () => {
    let requests = 0;
    const answer = () => {
      requests += 1;
    };
    using peer = await Peer.start({ answer });
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
    const [call, reason] = [newCall(), new Error("lost")];
    const lost = failureOf(get(channel));
    await until(() => requests === 1);
    await channel.pinned(call, async (_, session) => {
      assert.ok(session instanceof Session);
      session.lose(reason);
    });
    call.deadline.release();
    const { code, evidence, cause } = await lost;
    assert.deepEqual([code, evidence, cause], ["unavailable", "no-answer", reason]);
    channel.destroy();
  });

  it("is replaced when it has had all of its streams, and finishes its calls", async ({ mock }) => {
    let last: PeerStream | undefined;
    using peer = await Peer.start({
      answer: (stream, count) => {
        if (count === 2) last = stream;
        else stream.ok();
      },
    });
    const connected = mock.method(http2, "connect");
    const channel = new Http2Channel({ kind: "unix", path: peer.path }, {});
    await get(channel);
    const session = connected.mock.calls[0]?.result as ClientHttp2Session & { setNextStreamID(id: number): void };
    session.setNextStreamID(LAST_STREAM_ID);
    const slow = get(channel);
    await until(() => last?.id === LAST_STREAM_ID);
    await Promise.all([get(channel), get(channel)]);
    assert.deepEqual([peer.connections, peer.open.size], [2, 2]);
    last?.ok();
    await slow;
    await until(() => peer.open.size === 1);
    channel.destroy();
  });
});
