import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { describe, it } from "node:test";
import { createServer, type Server, TLSSocket } from "node:tls";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { endWhenLost } from "../../../src/transport/http2/unnoticed-loss.js";
import {
  data,
  FLAG,
  FRAME,
  FrameReader,
  frame,
  grpcMessage,
  headers,
  settings,
  settingsAck,
} from "../../faults/frames.js";
import { image, okHeaders, okTrailers } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { selfSigned } from "../../support/self-signed.js";
import { get, newCall, outcome, until } from "./calls.js";

const RECORD_BYTES = 16_384; // the most that TLS encrypts at a time
const FRAME_HEADER_BYTES = 9;
const PREFACE_BYTES = 24;
const UNKNOWN_FRAME = 0xfa; // ignored, as HTTP/2 demands
const DEADLINE_MS = 3_600_000;

describe("a connection with TLS", () => {
  // Both responses are read in one turn, and each leads to a request at once. The connection has been reset, so the
  // first write fails, and Node 20 to 24 never completes the second.
  it("that is lost without an event of Node ends its calls within half a second", async () => {
    await using stand = await Stand.start();
    const outcomes: string[] = [];
    const getTwice = async () => outcomes.push(await outcome(stand.get().then(() => stand.get())));
    void getTwice();
    void getTwice();
    await until(() => stand.requests.length === 2 && stand.hasSentAll);
    const [first = 0, second = 0] = stand.requests;
    stand.send(fillRecord(response(first)), response(second));
    stand.reset();
    await stand.clock.advance(500);
    await until(() => outcomes.length === 2);
    assert.deepEqual(outcomes, ["unavailable broken no-answer", "unavailable broken no-answer"]);
  });

  it("may be silent for as long as a call waits", async () => {
    await using stand = await Stand.start();
    const slow = outcome(stand.get());
    await until(() => stand.requests.length === 1);
    await stand.clock.advance(DEADLINE_MS - 1);
    stand.send(response(stand.requests[0] ?? 0));
    assert.equal(await slow, "ok");
  });

  it("that nothing uses does not keep the process alive", async () => {
    await using stand = await Stand.start();
    const only = stand.get();
    await until(() => stand.requests.length === 1);
    stand.send(response(stand.requests[0] ?? 0));
    await only;
    assert.equal(stand.clock.pending, 0);
    await stand.clock.advance(1_000);
    assert.equal(stand.clock.pending, 0);
  });

  it("that is lost is ended only when nothing more has been read from it for 250 ms, and then once", async () => {
    const clock = new ManualClock();
    const system = { peerStatus: 0, bytesRead: 10 };
    const losses: Error[] = [];
    endWhenLost({ stream: tlsSocket(system), lose: (error) => void losses.push(error) }, clock);
    await clock.advance(1_000);
    system.peerStatus = -107; // ENOTCONN
    await clock.advance(250);
    system.bytesRead += 1;
    await clock.advance(250);
    assert.deepEqual(losses, []);
    await clock.advance(250);
    assert.deepEqual([losses.length, clock.running], [1, 0]);
  });
});

/** A socket about which the system says this. */
function tlsSocket(system: { readonly peerStatus: number; readonly bytesRead: number }): TLSSocket {
  return Object.create(TLSSocket.prototype, {
    _handle: { value: { getpeername: () => system.peerStatus } },
    bytesRead: { get: () => system.bytesRead },
  });
}

function response(streamId: number): Buffer {
  const message = data(streamId, grpcMessage(image));
  return Buffer.concat([headers(streamId, okHeaders), message, headers(streamId, okTrailers, FLAG.endStream)]);
}

/** Puts what follows into another record of TLS. */
function fillRecord(bytes: Buffer): Buffer {
  const filler = Buffer.alloc(RECORD_BYTES - bytes.length - FRAME_HEADER_BYTES);
  return Buffer.concat([bytes, frame(UNKNOWN_FRAME, 0, 0, filler)]);
}

/** A server with TLS that responds when the test says so, and a channel to it whose clock the test controls. */
class Stand implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly channel: Http2Channel;
  /** The streams of all requests that have arrived. */
  readonly requests: number[] = [];
  readonly #server: Server;
  #tcp: Socket | undefined;
  #tls: TLSSocket | undefined;

  private constructor(server: Server, ca: string) {
    this.#server = server
      .on("connection", (tcp) => {
        this.#tcp = tcp.setNoDelay(); // otherwise the system may discard at the reset what it has not sent yet
      })
      .on("secureConnection", (socket) => this.#accept(socket));
    const { port } = server.address() as AddressInfo; // of a server that listens on a port
    const endpoint = { kind: "tls", host: "127.0.0.1", port, tls: { ca, servername: "localhost" } } as const;
    this.channel = new Http2Channel(endpoint, { clock: this.clock });
  }

  static async start(): Promise<Stand> {
    const authority = selfSigned("localhost");
    const server = createServer({ ...authority, ALPNProtocols: ["h2"] });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new Stand(server, authority.cert);
  }

  get(): Promise<unknown> {
    return get(this.channel, newCall({ timeoutMs: DEADLINE_MS }, this.clock));
  }

  get hasSentAll(): boolean {
    return this.#tls?.writableLength === 0;
  }

  send(...bytes: readonly Buffer[]): void {
    this.#tls?.write(Buffer.concat(bytes));
  }

  /** Ends the connection without a word, as the system does for a process that is killed. */
  reset(): void {
    this.#tcp?.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.channel.destroy();
    this.#tls?.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(socket: TLSSocket): void {
    this.#tls = socket.on("error", () => {});
    const reader = new FrameReader(PREFACE_BYTES);
    socket.on("data", (chunk) => {
      for (const { type, flags, streamId } of reader.push(chunk)) {
        if (type === FRAME.settings && (flags & FLAG.ack) === 0) socket.write(settingsAck);
        if (type === FRAME.data && (flags & FLAG.endStream) !== 0) this.requests.push(streamId);
      }
    });
    socket.write(settings());
  }
}
