import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { Events } from "../../gen/containerd/services/events/v1/events_pb.js";
import { Version } from "../../gen/containerd/services/version/v1/version_pb.js";
import { createHttp2Engine } from "../../src/transport/http2/engine.js";
import { createStreamTransport } from "../../src/transport/stream.js";
import { type Behaviour, Peer, type PeerStream } from "../faults/peer.js";
import { get, newCall, outcome, until } from "./calls.js";

// An empty message: an envelope without fields, and a version that is not said.
const EMPTY = Buffer.alloc(0);

describe("streams over the engine's connections", () => {
  it("carry messages, and share the connection with calls", async () => {
    await using stand = await over({
      answer: (stream, number) =>
        (number === 1 ? stream.headers().message(EMPTY) : stream.headers()).message(EMPTY).trailers(),
    });
    assert.equal(await count(stand.events.subscribe({})), 2);
    await stand.version.version({});
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
      await assert.rejects(count(stand.events.subscribe({})), ConnectError);
      await assert.rejects(count(stand.events.subscribe({})), ConnectError);
    });
  }

  it("tell a status from the end of a connection", async () => {
    await using stand = await over({ answer: (stream) => stream.headers().trailers([["grpc-status", "12"]]) });
    await assert.rejects(count(stand.events.subscribe({})), { code: Code.Unimplemented });
  });

  it("are reset when they are left or aborted", async () => {
    await using stand = await over({ answer: (stream) => stream.headers().message(EMPTY) });
    const { transport, events } = stand;
    const [connection] = [...stand.peer.open];
    const { message } = await transport.stream(Events.method.subscribe, undefined, undefined, undefined, once({}));
    for await (const _ of message) break;
    const open = stand.peer.open.values().next().value ?? connection;
    await until(() => open?.resets.length === 1);
    const abort = new AbortController();
    const counting = count(events.subscribe({}, { signal: abort.signal }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    abort.abort();
    await assert.rejects(counting, { code: Code.Canceled });
    await until(() => open?.resets.length === 2);
  });

  // node:test fails on the unhandled rejection that this would be.
  it("surprise nobody who opens one, never reads it and aborts", async () => {
    await using stand = await over({ answer: () => {} });
    for (const delayMs of [0, 1, 30]) {
      const abort = new AbortController();
      stand.events.subscribe({}, { signal: abort.signal });
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      abort.abort(new Error("enough"));
    }
    stand.events.subscribe({}, { signal: AbortSignal.abort() });
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
    const counting = count(stand.events.subscribe({}, { signal: abort.signal }));
    await until(() => stand.peer.connections === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await outcome(get(stand.engine, newCall({ timeoutMs: 50 }))), "deadline_exceeded ended no-answer");
    await stand.version.version({});
    assert.equal(stand.peer.connections, 1);
    await outcome(get(stand.engine));
    assert.equal(stand.peer.connections, 2);
    abort.abort();
    await assert.rejects(counting, { code: Code.Canceled });
    await until(() => stand.peer.open.size === 1);
  });
});

async function over(behaviour: Behaviour) {
  const peer = await Peer.start(behaviour);
  const engine = createHttp2Engine({ kind: "unix", path: peer.path }, { waitForDaemonMs: 100 });
  const transport = createStreamTransport(engine);
  const events: Client<typeof Events> = createClient(Events, transport);
  return {
    peer,
    engine,
    transport,
    events,
    version: createClient(Version, transport),
    [Symbol.asyncDispose]: async () => {
      engine.destroy();
      await until(() => peer.open.size === 0);
      peer.stop();
    },
  };
}

async function count(messages: AsyncIterable<unknown>): Promise<number> {
  let seen = 0;
  for await (const _ of messages) seen += 1;
  return seen;
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
