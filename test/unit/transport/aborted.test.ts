import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeSubscribe } from "../../../src/codec/events.js";
import { createRequest } from "../../../src/codec/requests.js";
import { imageResponse } from "../../../src/codec/responses.js";
import type { Call } from "../../../src/rpc/call.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { eventStreams } from "../../../src/transport/http2/event-streams.js";
import { type Behaviour, digest, Peer, sendSettings } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { get, newCall, outcome, until } from "./calls.js";
import { pass } from "./pass.js";

const UNANSWERED = "canceled ended no-answer";
const UNSENT = "canceled ended never-sent";

const target = { mediaType: "text/plain", digest, size: 7, annotations: {} };
const largeCreate = createRequest({ name: "app:1", target, labels: { long: "x".repeat(1 << 20) } }, undefined);

describe("a program that aborts its calls before their deadlines", () => {
  it("gets a new connection when the peer has not responded for a second", async () => {
    await using stand = await Stand.start({ answer: (stream, count) => (count === 1 || count > 4) && stream.ok() });
    await stand.get();
    for (let call = 0; call < 3; call += 1) assert.equal(await stand.abortAfter(400), UNANSWERED);
    await stand.get();
    assert.equal(stand.peer.connections, 2);
  });

  it("keeps the connection of a peer that responds to other calls", async () => {
    await using stand = await Stand.start({ answer: (stream, count) => count % 2 === 1 && stream.ok() });
    await stand.get();
    for (let call = 0; call < 3; call += 1) {
      assert.equal(await stand.abortAfter(900), UNANSWERED);
      await stand.get();
    }
    assert.equal(stand.peer.connections, 1);
  });

  it("keeps the connection of a peer that has just responded, however long the aborted call has waited", async () => {
    await using stand = await Stand.start({ answer: (stream, count) => count !== 2 && stream.ok() });
    await stand.get();
    assert.equal(await stand.abortAfter(2_000, () => stand.get()), UNANSWERED);
    await stand.get();
    assert.equal(stand.peer.connections, 1);
  });

  it("keeps the connection of a peer that has begun a stream of events meanwhile", async () => {
    const answer: Behaviour["answer"] = (stream, count) =>
      count === 3 ? stream.headers() : (count === 1 || count > 4) && stream.ok();
    await using stand = await Stand.start({ answer });
    await stand.get();
    assert.equal(await stand.abortAfter(900), UNANSWERED);
    await stand.subscribe();
    assert.equal(await stand.abortAfter(900), UNANSWERED);
    await stand.get();
    assert.equal(stand.peer.connections, 1);
  });

  it("keeps the connection if there was no call for most of the time", async () => {
    await using stand = await Stand.start({ answer: (stream, count) => (count === 1 || count > 4) && stream.ok() });
    await stand.get();
    for (let call = 0; call < 3; call += 1) {
      assert.equal(await stand.abortAfter(10), UNANSWERED);
      await stand.pass(2_000);
    }
    await stand.get();
    assert.equal(stand.peer.connections, 1);
  });

  it("keeps the connection if the aborted call was sent a moment ago", async () => {
    await using stand = await Stand.start({ answer: (stream, count) => count !== 2 && stream.ok() });
    await stand.get();
    const call = stand.newCall();
    await stand.pass(2_000); // it waits for its turn
    assert.equal(await stand.abortAfter(10, undefined, call), UNANSWERED);
    await stand.get();
    assert.equal(stand.peer.connections, 1);
  });

  it("gets a new connection when the peer has been silent for a second since it accepted the first", async () => {
    const greet: Behaviour["greet"] = (connection, count) => count > 1 && sendSettings(connection);
    await using stand = await Stand.start({ mute: true, greet });
    for (let call = 0; call < 3; call += 1) assert.equal(await stand.abortAfter(400), UNSENT);
    await stand.get();
    assert.equal(stand.peer.connections, 2);
  });
});

describe("a request that is aborted before the peer has read it", () => {
  // In the socket of a peer that does not read, its bytes would keep the process alive.
  it("closes the connection, once no other call is on it", async () => {
    const abort = new AbortController();
    // It never lets the client send more than the first 64 KiB.
    using peer = await Peer.start({ begin: (_stream, count) => count === 2 && setImmediate(() => abort.abort()) });
    const channel = new Http2Channel({ kind: "unix", path: peer.path });
    await get(channel);
    const call = newCall({ signal: abort.signal });
    assert.equal(await outcome(channel.unary(largeCreate, call, imageResponse)), UNANSWERED);
    await until(() => peer.open.size === 0);
    await get(channel);
    channel.destroy();
  });
});

interface AbortableCall {
  readonly call: Call;
  readonly abort: () => void;
}

class Stand implements AsyncDisposable {
  readonly peer: Peer;
  readonly #clock = new ManualClock();
  readonly #channel: Http2Channel;

  private constructor(peer: Peer) {
    this.peer = peer;
    this.#channel = new Http2Channel({ kind: "unix", path: peer.path }, { clock: this.#clock });
  }

  static async start(behaviour: Behaviour): Promise<Stand> {
    return new Stand(await Peer.start(behaviour));
  }

  async get(): Promise<void> {
    const result = outcome(get(this.#channel, newCall({}, this.#clock)));
    await pass(this.#clock, 100);
    assert.equal(await Promise.race([result, "waits"]), "ok");
  }

  async subscribe(): Promise<void> {
    const { signal } = new AbortController();
    await eventStreams(this.#channel).open(encodeSubscribe([]), { headers: {}, signal, received: () => {} });
    await this.pass(10);
  }

  newCall(): AbortableCall {
    const abort = new AbortController();
    return { call: newCall({ signal: abort.signal }, this.#clock), abort: () => abort.abort() };
  }

  pass(ms: number): Promise<void> {
    return pass(this.#clock, ms);
  }

  /** The outcome of a call that is aborted after so many milliseconds, and after `last`. */
  async abortAfter(ms: number, last = async () => {}, { call, abort } = this.newCall()): Promise<string> {
    const result = outcome(get(this.#channel, call));
    await this.pass(ms);
    await last();
    abort();
    return result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#channel.destroy();
    this.peer.stop();
  }
}
