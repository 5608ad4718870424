import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import http2 from "node:http2";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { ServerResponseSchema } from "../../gen/containerd/services/introspection/v1/introspection_pb.js";
import { deleteRequest } from "../../src/codec/requests.js";
import { emptyResponse } from "../../src/codec/responses.js";
import type { RpcFailure } from "../../src/rpc/failure.js";
import { DEFAULT_RETRY_POLICY } from "../../src/rpc/retry-policy.js";
import { Http2Channel } from "../../src/transport/http2/channel.js";
import { AwakeClock } from "../support/awake-clock.js";
import { failureOf, newCall, until } from "../unit/transport/calls.js";
import { grpcMessage } from "./frames.js";

interface Identity {
  readonly uuid: string;
  readonly pid: number;
  readonly pidns?: number;
}

const ANY: Identity = { uuid: "a", pid: 10 };

/** How much later than the reset. */
const LATE_MS = 20;

/** A daemon that reports its identity, and responds to deletes until the test stops it. */
class Daemon {
  identity: Identity | undefined;
  answersDeletes = true;
  /** Whether it resets deletes, and says who it is only then. */
  resetsDeletes = false;
  /** Whether it does not say who it is. */
  isSilent = false;
  /** Requests for its identity. */
  asked = 0;
  readonly #server = http2.createServer();
  readonly #sockets = new Set<Socket>();

  constructor(identity: Identity | undefined) {
    this.identity = identity;
    this.#server.on("connection", (socket: Socket) => this.#sockets.add(socket));
    this.#server.on("stream", (stream, headers) => {
      stream.on("error", () => {});
      const isDelete = headers[":path"]?.endsWith("/Delete");
      if (!isDelete) this.asked += 1;
      if (!isDelete && this.isSilent) return;
      if (isDelete && !this.answersDeletes) return;
      if (isDelete && this.resetsDeletes) return stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
      if (isDelete) respond(stream, "0", Buffer.alloc(0));
      else if (this.resetsDeletes) setTimeout(() => this.#tell(stream), LATE_MS);
      else this.#tell(stream);
    });
  }

  /** How many connections are open. */
  get connections(): number {
    return [...this.#sockets].filter(({ destroyed }) => !destroyed).length;
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(path, resolve));
  }

  /** Ends the connections, as if the daemon or a forwarder was killed. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #tell(stream: http2.ServerHttp2Stream): void {
    const { identity } = this;
    if (identity === undefined) respond(stream, "12", Buffer.alloc(0));
    else respond(stream, "0", serverAnswer(identity));
  }
}

function serverAnswer({ uuid, pid, pidns = 1 }: Identity): Uint8Array {
  const message = create(ServerResponseSchema, { uuid, pid: BigInt(pid), pidns: BigInt(pidns) });
  return toBinary(ServerResponseSchema, message);
}

function respond(stream: http2.ServerHttp2Stream, status: string, message: Uint8Array): void {
  stream.respond({ "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": status }));
  stream.end(status === "0" ? grpcMessage(message) : undefined);
}

/** Lets all that was sent in this process arrive, on both sides of a connection. */
async function turns(): Promise<void> {
  for (let count = 0; count < 50; count += 1) await turn();
}

describe("a lost connection", () => {
  const dir = mkdtempSync(join(tmpdir(), "restarted-"));
  after(() => rmSync(dir, { recursive: true }));
  let sockets = 0;

  /** A daemon with this identity (`undefined`: it has no such service), and a channel to it. */
  async function start(kind: "unix" | "dialed", identity: Identity | undefined) {
    sockets += 1;
    const path = join(dir, `${sockets}.sock`);
    const daemon = new Daemon(identity);
    await daemon.listen(path);
    const channel = new Http2Channel(kind === "unix" ? { kind, path } : { kind, dial: () => connect(path) });
    const write = (name = "app:1") => channel.unary(deleteRequest(name, false, undefined), newCall(), emptyResponse);
    const stop = () => {
      channel.destroy();
      daemon.close();
    };
    return { daemon, channel, write, [Symbol.dispose]: stop };
  }

  /** How `now` compares with `before` for a write that was lost with `before`. */
  async function answererAfter(before: Identity | undefined, now: Identity | undefined, writesFirst = true) {
    using stand = await start("unix", before);
    const { daemon, channel, write } = stand;
    if (writesFirst) {
      await write();
      await until(() => daemon.asked === 1);
      await write(); // its response comes after the one with the identity
    }
    daemon.answersDeletes = false;
    const lost: Promise<RpcFailure> = failureOf(write());
    await turns(); // the request has been sent
    daemon.cut();
    daemon.identity = now;
    const { connection, evidence } = await lost;
    assert.equal(evidence, "no-answer");
    return await channel.serverChangeSince(connection, newCall());
  }

  for (const [what, before, now, expected] of [
    ["another process on the same data", { uuid: "a", pid: 10 }, { uuid: "a", pid: 11 }, "restarted"],
    [
      "the same pid in another namespace",
      { uuid: "a", pid: 1, pidns: 5 },
      { uuid: "a", pid: 1, pidns: 6 },
      "restarted",
    ],
    [
      "the same process, behind a forwarder that was restarted",
      { uuid: "a", pid: 10 },
      { uuid: "a", pid: 10 },
      "unknown",
    ],
    ["another daemon", { uuid: "a", pid: 10 }, { uuid: "b", pid: 11 }, "other-server"],
    ["a daemon before 1.7, which tells no pid", { uuid: "a", pid: 0 }, { uuid: "a", pid: 0 }, "unknown"],
    ["a daemon before 1.7 that was upgraded", { uuid: "a", pid: 0 }, { uuid: "a", pid: 11 }, "unknown"],
    ["a peer without that service", undefined, undefined, "unknown"],
  ] as const) {
    it(`leads to a ${expected === "unknown" ? "daemon that may be the same" : expected} where what answers now is ${what}`, async () => {
      assert.equal(await answererAfter(before, now), expected);
    });
  }

  // Nothing shows that a dialed stream leads to the same daemon as the one before, so it has to say so in time.
  it("of a client that has written before is known from its first write on, also where the caller dials", async () => {
    using stand = await start("dialed", ANY);
    const { daemon, channel, write } = stand;
    await write();
    await until(() => daemon.asked === 1);
    await turns(); // the identity has arrived
    daemon.cut();
    await turns(); // the client has noticed
    daemon.answersDeletes = false;
    const lost: Promise<RpcFailure> = failureOf(write());
    await until(() => daemon.asked === 2);
    await turns();
    daemon.cut();
    daemon.identity = { uuid: "a", pid: 11 };
    const { connection } = await lost;
    assert.equal(await channel.serverChangeSince(connection, newCall()), "restarted");
  });

  it("of a request that has it alone is known from the first one on, also where the caller dials", async () => {
    using stand = await start("dialed", ANY);
    const { daemon, channel, write } = stand;
    daemon.answersDeletes = false;
    const lost = failureOf(write("n".repeat(5_000)));
    await until(() => daemon.asked === 1);
    await turns(); // the identity has arrived
    daemon.cut();
    daemon.identity = { uuid: "a", pid: 11 };
    const { connection } = await lost;
    assert.equal(await channel.serverChangeSince(connection, newCall()), "restarted");
  });

  it("of a request that had it alone is kept until it is known who was there", async () => {
    using stand = await start("dialed", ANY);
    const { daemon, channel, write } = stand;
    daemon.resetsDeletes = true;
    const { connection } = await failureOf(write("a".repeat(100_000)));
    assert.equal(await channel.serverChangeSince(connection, newCall()), "unknown");
    await until(() => daemon.connections === 1); // that of the one who asked now
  });

  it("of a request that had it alone over a Unix socket is not asked, because it ends with the response", async () => {
    using stand = await start("unix", ANY);
    const { daemon, write } = stand;
    await write("a".repeat(100_000));
    await until(() => daemon.connections === 1); // that of small requests
    assert.equal(daemon.asked, 0);
  });

  it("says nothing where the call ends before it is known who was there", async () => {
    using stand = await start("unix", ANY);
    const { daemon, channel, write } = stand;
    daemon.isSilent = true;
    const [session] = await Promise.all([
      channel.pinned(newCall(), async (_invoker, connection) => connection),
      write(),
    ]);
    await until(() => daemon.asked === 1);
    using clock = new AwakeClock();
    assert.equal(await channel.serverChangeSince(session, newCall({ timeoutMs: 100 })), "unknown");
    const tookMs = clock.now();
    assert.ok(tookMs < 600, `${tookMs} ms`); // an answer is waited for at most 1,000 ms
  });

  it("of a client that does not retry leads to no question, because nothing is read back", async () => {
    using stand = await start("unix", ANY);
    const { daemon, channel } = stand;
    const call = newCall({ retry: { ...DEFAULT_RETRY_POLICY, maxAttempts: 1 } });
    await channel.unary(deleteRequest("app:1", false, undefined), call, emptyResponse);
    call.deadline.release();
    await turns();
    assert.equal(daemon.asked, 0);
  });

  it("says nothing where nobody had asked who was there", async () => {
    assert.equal(await answererAfter({ uuid: "a", pid: 10 }, { uuid: "a", pid: 11 }, false), "unknown");
  });
});
