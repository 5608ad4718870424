import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http2 from "node:http2";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { MAX_CONCURRENCY } from "../../../src/defaults.js";
import { ImagesClient, type Watch } from "../../../src/index.js";
import { type EventStream, SUBSCRIBE } from "../../../src/rpc/event-streams.js";
import { GET, LIST, VERSION } from "../../../src/rpc/method.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { eventStreams } from "../../../src/transport/http2/event-streams.js";
import { grpcMessage } from "../../faults/frames.js";
import { image } from "../../faults/peer.js";
import { bytesField } from "../../support/encoded-fields.js";
import { get, until } from "./calls.js";

const WATCHES = 11;
const GETS = 50;
const INTERNAL_ERROR = 2;
const LAST_STREAM_ID = 2 ** 31 - 1;

/**
 * The responses of a peer with an empty namespace. {@link FewStreams.tell} sends an event for a record that is created
 * later.
 */
const answers: Readonly<Record<string, Buffer>> = {
  [VERSION.path]: grpcMessage(bytesField(1, Buffer.from("v2.1.0"))),
  [LIST.path]: grpcMessage(Buffer.alloc(0)),
  [GET.path]: grpcMessage(image),
};

const envelope = bytesField(4, bytesField(2, bytesField(1, Buffer.from("app:1"))));

/** A peer that allows only this many streams on a connection, as a proxy may. */
class FewStreams {
  readonly path: string;
  readonly subscriptions = new Set<http2.ServerHttp2Stream>();
  /** How many subscriptions there were. */
  subscribed = 0;
  /** Whether it says nothing on new connections; those that are still open. */
  isSilent = false;
  readonly silent = new Set<net.Socket>();
  /** How many connections there are, and were at most. */
  connections = 0;
  most = 0;
  readonly #server: http2.Http2Server;
  readonly #listener: net.Server;

  constructor(maxConcurrentStreams: number) {
    this.path = join(mkdtempSync(join(tmpdir(), "few-")), "p.sock");
    this.#server = http2.createServer({ settings: { maxConcurrentStreams } });
    this.#server.on("session", (session) => this.#connected(session));
    this.#server.on("stream", (stream, { ":path": path = "" }) => this.#answer(stream, path));
    this.#listener = net.createServer((socket) => this.#accept(socket)).listen(this.path);
  }

  tell(): void {
    for (const stream of this.subscriptions) stream.write(grpcMessage(envelope));
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    rmSync(join(this.path, ".."), { recursive: true });
  }

  #accept(socket: net.Socket): void {
    if (!this.isSilent) {
      this.#server.emit("connection", socket);
      return;
    }
    this.silent.add(socket.resume());
    socket.once("close", () => this.silent.delete(socket));
  }

  #connected(session: http2.ServerHttp2Session): void {
    this.connections += 1;
    this.most = Math.max(this.most, this.connections);
    session.once("close", () => {
      this.connections -= 1;
    });
  }

  #answer(stream: http2.ServerHttp2Stream, path: string): void {
    stream.on("error", () => {}); // the client may close at any time
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: path in answers });
    if (path === SUBSCRIBE.path) this.#subscribe(stream);
    else {
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(answers[path]);
    }
  }

  #subscribe(stream: http2.ServerHttp2Stream): void {
    this.subscribed += 1;
    this.subscriptions.add(stream);
    stream.once("close", () => this.subscriptions.delete(stream));
  }
}

describe("event streams behind a peer that allows few streams", () => {
  for (const [maxStreams, connections] of [
    [1, 1 + WATCHES],
    [2, 1 + WATCHES],
    [4, 1 + Math.ceil(WATCHES / 3)],
    [64, 2],
    [80, 1],
    [1_000, 1],
  ] as const) {
    it(`all get through, and so do the calls beside them, where it allows ${maxStreams}`, async () => {
      using peer = new FewStreams(maxStreams);
      await using images = new ImagesClient({ namespace: "n", address: peer.path, timeoutMs: 5_000 });
      const watches = Array.from({ length: WATCHES }, () => images.watch());
      assert.deepEqual(await types(watches), Array(WATCHES).fill("synced"));
      assert.equal(peer.subscriptions.size, WATCHES);
      const got = await Promise.all(Array.from({ length: GETS }, () => images.get("app:1")));
      assert.equal(got.length, GETS);
      peer.tell();
      assert.deepEqual(await types(watches), Array(WATCHES).fill("created"));
      assert.equal(peer.most, connections);
      await Promise.all(watches.map((watch) => watch.return()));
      await until(() => peer.subscriptions.size === 0 && peer.connections === 1);
    });
  }

  it("stay when another one on their connection ends", async () => {
    using peer = new FewStreams(4);
    await using images = new ImagesClient({ namespace: "n", address: peer.path, timeoutMs: 5_000 });
    const watches = Array.from({ length: 3 }, () => images.watch());
    await types(watches);
    await watches.pop()?.return();
    await until(() => peer.subscriptions.size === 2);
    peer.tell();
    assert.deepEqual(await types(watches), ["created", "created"]);
    assert.deepEqual([peer.subscribed, peer.connections], [3, 2]);
  });

  it("give up a connection for which they still wait when they end", async () => {
    using peer = new FewStreams(1);
    await using images = new ImagesClient({ namespace: "n", address: peer.path, timeoutMs: 5_000 });
    await images.get("app:1");
    peer.isSilent = true;
    const watch = images.watch();
    const waiting = watch.next();
    await until(() => peer.silent.size === 1);
    await watch.return();
    await waiting;
    await until(() => peer.silent.size === 0);
  });

  it("are refused beyond a number of connections, and then watches poll", async () => {
    using peer = new FewStreams(1);
    await using images = new ImagesClient({ namespace: "n", address: peer.path, timeoutMs: 5_000 });
    const watches = Array.from({ length: 20 }, () => images.watch(undefined, { pollIntervalMs: 10 }));
    assert.deepEqual(await types(watches), Array(20).fill("synced"));
    assert.equal(peer.subscriptions.size, 16);
    assert.equal(peer.most, 17);
    const polling = await Promise.race(watches.map(async (watch) => (await watch.next()).value?.type));
    assert.equal(polling, "synced");
    assert.equal((await images.get("app:1")).name, "app:1");
  });

  it("find a connection again when theirs is lost", async () => {
    using peer = new FewStreams(2);
    await using images = new ImagesClient({ namespace: "n", address: peer.path, timeoutMs: 5_000 });
    await using watch = images.watch();
    assert.deepEqual(await types([watch]), ["synced"]);
    for (const stream of peer.subscriptions) stream.session?.destroy();
    assert.deepEqual(await types([watch]), ["synced"]);
    assert.equal(peer.subscriptions.size, 1);
    assert.equal(peer.connections, 2);
  });

  it("are refused beyond a number of connections", async (t) => {
    using peer = new FewStreams(1);
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    t.after(() => channel.destroy());
    for (let count = 0; count < 16; count += 1) await opened(channel);
    await assert.rejects(opened(channel), {
      code: "resource_exhausted",
      kind: "status",
      evidence: "never-sent",
      message: "no connection has room for another stream of events",
    });
    channel.destroy();
    await until(() => peer.connections === 0);
  });

  it("take no room on a connection that cannot send their request", async (t) => {
    using peer = new FewStreams(MAX_CONCURRENCY + 1);
    const connected = t.mock.method(http2, "connect");
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    t.after(() => channel.destroy());
    await assert.rejects(opened(channel, { ":odd": "" }), { code: "ERR_HTTP2_INVALID_PSEUDOHEADER" });
    const first = await opened(channel);
    assert.equal(connected.mock.callCount(), 1);
    const session = connected.mock.calls[0]?.result as http2.ClientHttp2Session & { setNextStreamID(id: number): void };
    await until(() => peer.subscriptions.size === 1);
    for (const stream of peer.subscriptions) stream.close(INTERNAL_ERROR);
    await assert.rejects(first.ended, { evidence: "answered" });
    session.setNextStreamID(LAST_STREAM_ID);
    await get(channel); // the last stream of the connection
    await opened(channel);
    await until(() => peer.subscriptions.size === 1);
    assert.equal(connected.mock.callCount(), 2);
    channel.destroy();
    await until(() => peer.connections === 0);
  });

  it("end with their channel", async () => {
    using peer = new FewStreams(1);
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    const { ended } = await opened(channel);
    channel.destroy();
    await assert.rejects(ended, { evidence: "no-answer" });
    await until(() => peer.connections === 0);
  });

  it("leave nothing behind when the client closes", async () => {
    using peer = new FewStreams(1);
    const images = new ImagesClient({ namespace: "n", address: peer.path, timeoutMs: 5_000 });
    await types([images.watch(), images.watch()]);
    await images.close();
    await until(() => peer.connections === 0);
  });
});

function opened(channel: Http2Channel, headers: Readonly<Record<string, string>> = {}): Promise<EventStream> {
  const { signal } = new AbortController();
  return eventStreams(channel).open(Buffer.alloc(0), { headers, signal, received: () => {} });
}

/** The type of the next event of each watch. */
async function types(watches: readonly Watch[]): Promise<(string | undefined)[]> {
  return Promise.all(watches.map(async (watch) => (await watch.next()).value?.type));
}
