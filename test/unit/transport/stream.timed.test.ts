import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { requestOf } from "../../../src/codec/encoded-request.js";
import { encodeSubscribe } from "../../../src/codec/events.js";
import { versionResponse } from "../../../src/codec/responses.js";
import type { EventStream } from "../../../src/rpc/event-streams.js";
import { RpcFailure } from "../../../src/rpc/failure.js";
import { VERSION } from "../../../src/rpc/method.js";
import { MalformedMessage } from "../../../src/rpc/response-decoder.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { eventStreams } from "../../../src/transport/http2/event-streams.js";
import { grpcMessage } from "../../faults/frames.js";
import { type Behaviour, okHeaders, Peer, type PeerStream } from "../../faults/peer.js";
import { failureOf, get, newCall, outcome, until } from "./calls.js";

const INTERNAL_ERROR = 2;

// An empty message: an envelope without fields, and a version response without a version.
const EMPTY = Buffer.alloc(0);

describe("streams over the channel's connections", () => {
  it("carry messages, and share the connection with calls", async () => {
    await using stand = await over({
      answer: (stream, number) =>
        (number === 1 ? stream.headers().message(EMPTY) : stream.headers()).message(EMPTY).trailers(),
    });
    const stream = await stand.subscribe();
    await failureOf(stream.ended);
    assert.equal(stand.events.length, 2);
    await version(stream);
    assert.equal(stand.peer.connections, 1);
  });

  for (const [name, behaviour] of [
    ["a reset without an error before the headers", { answer: (stream: PeerStream) => stream.reset(0) }],
    ["a reset without an error after the headers", { answer: (stream: PeerStream) => stream.headers().reset(0) }],
    ["a killed daemon", { answer: (stream: PeerStream) => stream.headers().message(EMPTY).end() }],
    ["a daemon that goes away", { answer: (stream: PeerStream) => stream.headers().goAway(0, 0).end() }],
    ["a peer that breaks the rules", { answer: (stream: PeerStream) => stream.headers().goAway(stream.id, 1) }],
    ["no gRPC server", { greet: (peer) => peer.send(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")) }],
    ["nobody", { greet: (peer) => peer.end() }],
  ] as readonly (readonly [string, Behaviour])[]) {
    it(`end at once with ${name}, for the next one too`, async () => {
      await using stand = await over(behaviour);
      await assert.rejects(stand.whole(), RpcFailure);
      await assert.rejects(stand.whole(), RpcFailure);
    });
  }

  for (const [name, answer, ending] of [
    ["that it has ended", (stream) => stream.headers().trailers(), "unavailable broken answered"],
    ["a status", (stream) => stream.headers().trailers([["grpc-status", "12"]]), "unimplemented status answered"],
    [
      "a status without anything before it",
      (stream) => stream.trailers([...okHeaders, ["grpc-status", "7"]]),
      "permission_denied status answered",
    ],
    ["a reset", (stream) => stream.headers().reset(8), "unavailable broken answered"],
    ["that it is no gRPC", (stream) => stream.headers([[":status", "503"]]), "unavailable status answered"],
    ["a lost connection", (stream) => stream.headers().end(), "unavailable broken no-answer"],
    ["a farewell", (stream) => stream.headers().goAway(stream.id, 0).end(), "unavailable broken no-answer"],
    [
      "a farewell before a reset",
      (stream) => stream.headers().goAway(stream.id, 0).reset(8),
      "unavailable broken no-answer",
    ],
  ] as readonly (readonly [string, (stream: PeerStream) => PeerStream, string])[]) {
    it(`tell ${name}`, async () => {
      await using stand = await over({ answer });
      assert.equal(await outcome(stand.whole()), ending);
    });
  }

  it("are reset when they are aborted, and deliver nothing from then on", async () => {
    await using stand = await over({ answer: (stream) => stream.headers().message(EMPTY) });
    for (const count of [1, 2]) {
      const abort = new AbortController();
      const stream = await stand.subscribe(abort.signal);
      await until(() => stand.events.length === count);
      abort.abort();
      assert.equal(await outcome(stream.ended), "canceled ended no-answer");
      const [connection] = [...stand.peer.open];
      await until(() => connection?.resets.length === count);
    }
  });

  it("end when they are aborted at whatever moment of their opening", async () => {
    await using stand = await over({ answer: (stream, number) => number === 1 && stream.ok() });
    await outcome(get(stand.channel));
    for (let turns = 0; turns < 12; turns += 1) {
      const abort = new AbortController();
      const opening = stand.subscribe(abort.signal);
      for (let turn = 0; turn < turns; turn += 1) await undefined;
      abort.abort();
      assert.match(await outcome(opening.then(({ ended }) => ended)), /^canceled ended/);
    }
  });

  it("can be aborted between two events of one frame", async () => {
    await using stand = await over({
      answer: (stream) => stream.headers().data(Buffer.concat([grpcMessage(EMPTY), grpcMessage(EMPTY)])),
    });
    const abort = new AbortController();
    const stream = await stand.subscribe(abort.signal, () => abort.abort());
    await failureOf(stream.ended);
    assert.equal(stand.events.length, 1);
  });

  it("let timers have a turn during a flood", async () => {
    const COUNT = 100_000;
    const flood = Buffer.alloc(COUNT * 5); // so many empty messages
    await using stand = await over({
      answer: (stream) => {
        stream.headers();
        for (let at = 0; at < flood.length; at += 16_000) stream.data(flood.subarray(at, at + 16_000));
      },
    });
    await stand.subscribe();
    const end = performance.now() + 20_000; // it takes less than a second
    let [most, seen] = [0, 0];
    while (seen < COUNT && performance.now() < end) {
      const before = seen;
      await new Promise((resolve) => setImmediate(resolve));
      seen = stand.events.length;
      most = Math.max(most, seen - before);
    }
    assert.ok(most <= 10_000, `${most} events in one turn`);
    assert.equal(seen, COUNT);
  });

  it("say how the peer has reset them", async () => {
    await using stand = await over({ answer: (stream) => stream.headers().reset(INTERNAL_ERROR) });
    const { code, kind, evidence, cause } = await failureOf(stand.whole());
    assert.deepEqual([code, kind, evidence], ["internal", "broken", "answered"]);
    assert.match(String(cause), /NGHTTP2_INTERNAL_ERROR/);
  });

  it("end with what the receiver of their events throws", async () => {
    await using stand = await over({ answer: (stream) => stream.headers().message(EMPTY) });
    const stream = await stand.subscribe(undefined, () => {
      throw new TypeError("on purpose");
    });
    await assert.rejects(stream.ended, TypeError);
  });

  it("end as malformed with an event that the receiver cannot read", async () => {
    await using stand = await over({ answer: (stream) => stream.headers().message(EMPTY) });
    const stream = await stand.subscribe(undefined, () => {
      throw new MalformedMessage("on purpose");
    });
    assert.equal(await outcome(stream.ended), "internal malformed answered");
  });

  it("leave nothing at their signal once they have ended", async () => {
    await using stand = await over({ answer: (stream) => stream.headers().trailers() });
    const { signal } = new AbortController();
    const stream = await stand.subscribe(signal);
    await failureOf(stream.ended);
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });

  // node:test fails on an unhandled rejection, which this could be.
  it("cause no unhandled rejection when nobody waits for the end of one", async () => {
    await using stand = await over({ answer: () => {} });
    for (const delayMs of [0, 1, 30]) {
      const abort = new AbortController();
      stand.subscribe(abort.signal).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      abort.abort(new Error("enough"));
    }
    assert.equal(await outcome(stand.subscribe(AbortSignal.abort())), "canceled ended never-sent");
    await new Promise((resolve) => setTimeout(resolve, 30));
  });

  it("keep the small calls beside them on their connection, also when new calls go elsewhere", async () => {
    await using stand = await over({
      answer: (stream, number) => {
        if (number === 1) stream.headers();
        else if (number > 2) stream.headers().message(EMPTY).trailers();
      },
    });
    const abort = new AbortController();
    const stream = await stand.subscribe(abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await outcome(get(stand.channel, newCall({ timeoutMs: 50 }))), "deadline_exceeded ended no-answer");
    await version(stream);
    assert.equal(stand.peer.connections, 1);
    await outcome(get(stand.channel));
    assert.equal(stand.peer.connections, 2);
    abort.abort();
    assert.equal(await outcome(stream.ended), "canceled ended no-answer");
    await until(() => stand.peer.open.size === 1);
  });
});

async function over(behaviour: Behaviour) {
  const peer = await Peer.start(behaviour);
  const channel = new Http2Channel({ kind: "unix", path: peer.path }, { waitForDaemonMs: 100 });
  const events: (Uint8Array | undefined)[] = [];
  const subscribe = (signal = new AbortController().signal, then = () => {}) => {
    const received = (event: Uint8Array | undefined) => {
      events.push(event);
      then();
    };
    return eventStreams(channel).open(encodeSubscribe([]), { headers: {}, signal, received });
  };
  return {
    peer,
    channel,
    /** All events that the streams have received. */
    events,
    subscribe,
    /** Waits for the end of a stream. */
    whole: async () => (await subscribe()).ended,
    [Symbol.asyncDispose]: async () => {
      channel.destroy();
      await until(() => peer.open.size === 0);
      peer.stop();
    },
  };
}

async function version(stream: EventStream): Promise<string> {
  const call = newCall();
  try {
    return await stream.unary(requestOf(VERSION, EMPTY), call, versionResponse);
  } finally {
    call.deadline.release();
  }
}
