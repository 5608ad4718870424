import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport, type Transport } from "@connectrpc/connect";
import { Events } from "../../../gen/containerd/services/events/v1/events_pb.js";
import { ImageUpdateSchema } from "../../../gen/containerd/services/images/v1/events_pb.js";
import { Version } from "../../../gen/containerd/services/version/v1/version_pb.js";
import { type Envelope, EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import type { EventStreams } from "../../../src/rpc/event-streams.js";
import { eventsOverTransport } from "../../../src/transport/events-over-transport.js";
import { subscriber } from "../../../src/watch/event-stream.js";
import { ManualClock } from "../../support/manual-clock.js";

function updated(name: string): Envelope {
  const value = toBinary(ImageUpdateSchema, create(ImageUpdateSchema, { name, labels: { a: "b" } }));
  const event = { typeUrl: "containerd.services.images.v1.ImageUpdate", value };
  return create(EnvelopeSchema, { namespace: "k8s.io", topic: "/images/update", event });
}

/** A server that sends what `events` yields and responds to `Version` with `version`. */
function serving(
  events: (signal: AbortSignal) => AsyncIterable<Envelope>,
  version: () => Promise<object> | object = () => ({ version: "v2.1.0" }),
) {
  const seen = { filters: [] as string[], namespaces: [] as (string | null)[], versions: 0 };
  const transport = createRouterTransport(({ service }) => {
    service(Events, {
      subscribe: ({ filters }, { signal, requestHeader }) => {
        seen.filters = filters;
        seen.namespaces.push(requestHeader.get("containerd-namespace"));
        return events(signal);
      },
    });
    service(Version, {
      version: (_request, { requestHeader }) => {
        seen.versions += 1;
        seen.namespaces.push(requestHeader.get("containerd-namespace"));
        return version();
      },
    });
  });
  return { transport, seen };
}

async function* silence(signal: AbortSignal): AsyncGenerator<never> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

function run(transport: Transport) {
  const clock = new ManualClock();
  const names: string[] = [];
  const stop = new AbortController();
  const subscribe = subscriber(eventsOverTransport(transport), {
    namespace: "k8s.io",
    headers: { "containerd-namespace": "k8s.io" },
    clock,
  });
  let isOver = false;
  const queue = { add: (name: string) => void names.push(name), requestRelist: () => {} };
  const end = subscribe(queue, stop.signal).then(({ ended }) => ended);
  end.catch(() => {
    isOver = true;
  });
  return { clock, names, end, stop, isOver: () => isOver };
}

describe("a subscription", () => {
  it("asks for the image events of its namespace and adds their names to the queue", async () => {
    const { transport, seen } = serving(async function* () {
      yield updated("a");
      yield updated("b");
      yield create(EnvelopeSchema, { topic: "/images/odd" });
    });
    const { clock, end, names } = run(transport);
    const about = { method: "subscribe", namespace: "k8s.io", attempts: 1, outcome: "not-applied" };
    await assert.rejects(end, { code: "unavailable", ...about });
    assert.deepEqual(names, ["a", "b"]);
    assert.equal(clock.pending, 0);
    assert.deepEqual(seen.filters, ['namespace=="k8s.io",topic~="^/images/"']);
    assert.deepEqual(seen.namespaces, ["k8s.io"]);
  });

  for (const [thrown, code] of [
    [Code.Unimplemented, "unimplemented"],
    [Code.PermissionDenied, "permission_denied"],
    [Code.Unauthenticated, "unauthenticated"],
    [Code.ResourceExhausted, "resource_exhausted"],
    [Code.Canceled, "unavailable"],
    [Code.Aborted, "unavailable"],
    [Code.Internal, "unavailable"],
    [Code.Unknown, "unavailable"],
    [Code.InvalidArgument, "unavailable"],
  ] as const) {
    it(`that ends as ${Code[thrown]} is ${code}`, async () => {
      // biome-ignore lint/correctness/useYield: it fails before it yields
      const { transport } = serving(async function* () {
        throw new ConnectError("on purpose", thrown);
      });
      await assert.rejects(run(transport).end, { code });
    });
  }

  it("ends when its signal aborts, and leaves nothing behind", async () => {
    let isReleased = false;
    const { transport } = serving(async function* (signal) {
      yield* silence(signal);
      isReleased = true;
    });
    const { clock, end, stop } = run(transport);
    await clock.advance(1);
    stop.abort();
    await assert.rejects(end);
    await clock.advance(0);
    assert.deepEqual([isReleased, clock.pending], [true, 0]);
  });

  it("ends when its signal aborts even where the transport ignores it", async () => {
    const { transport } = serving(silence);
    const never = new Promise<never>(() => {});
    const { clock, end, stop } = run({ unary: transport.unary, stream: () => never });
    await clock.advance(1);
    stop.abort();
    await assert.rejects(end);
    assert.equal(clock.pending, 0);
  });

  // node:test fails on an unhandled rejection, which this could be.
  it("over a transport that nobody waits for causes no unhandled rejection", async () => {
    const { transport } = serving(async function* () {});
    const { signal } = new AbortController();
    await eventsOverTransport(transport).open(Buffer.alloc(0), { headers: {}, signal, received: () => {} });
    await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("calls a silent server every 30 s", async () => {
    const { transport, seen } = serving(silence);
    const { clock, isOver, stop } = run(transport);
    await clock.advance(29_999);
    assert.equal(seen.versions, 0);
    await clock.advance(1);
    assert.equal(seen.versions, 1);
    await clock.advance(60_100);
    assert.deepEqual([seen.versions, isOver()], [3, false]);
    assert.equal(clock.pending, 1); // the wait for the next call
    stop.abort();
  });

  it("asks for a relist where an event was too large to read", async () => {
    const received: string[] = [];
    const queue = {
      add: (name: string) => void received.push(name),
      requestRelist: () => void received.push("relist"),
    };
    const stop = new AbortController();
    const streams: EventStreams = {
      open: async (_request, { received: receive }) => {
        receive(undefined);
        return { ended: new Promise(() => {}), unary: () => assert.fail("it is not silent") };
      },
    };
    const subscribe = subscriber(streams, { namespace: "n", headers: {}, clock: new ManualClock() });
    const { ended } = await subscribe(queue, stop.signal);
    assert.deepEqual(received, ["relist"]);
    stop.abort();
    await assert.rejects(ended);
  });

  it("that cannot be opened leaves nothing at its signal", async () => {
    const refusing = { open: () => Promise.reject(new Error("on purpose")) };
    const { signal } = new AbortController();
    const subscribe = subscriber(refusing, { namespace: "n", headers: {}, clock: new ManualClock() });
    await assert.rejects(subscribe({ add: () => {}, requestRelist: () => {} }, signal), /on purpose/);
    assert.deepEqual(getEventListeners(signal, "abort"), []);
  });

  it("does not call a server that sends events, until it is silent", async () => {
    let send: (name: string) => void = () => {};
    const { transport, seen } = serving(async function* (signal) {
      while (!signal.aborted) {
        yield updated(
          await new Promise<string>((resolve) => {
            send = resolve;
          }),
        );
      }
    });
    const { clock, stop } = run(transport);
    for (let second = 0; second < 100; second += 20) {
      await clock.advance(20_000);
      send("a");
      await clock.advance(0);
    }
    assert.equal(seen.versions, 0);
    await clock.advance(60_000);
    assert.equal(seen.versions, 1);
    stop.abort();
  });

  it("ends when a silent server does not respond within 5 s", async () => {
    const { transport } = serving(silence, () => new Promise(() => {}));
    const { clock, end, isOver } = run(transport);
    await clock.advance(34_999);
    assert.equal(isOver(), false);
    await clock.advance(1);
    assert.equal(isOver(), true);
    await assert.rejects(end, { code: "unavailable" });
    assert.equal(clock.pending, 0);
  });

  it("ends when that call fails, but not when it is refused", async () => {
    let code = Code.Unimplemented;
    const { transport } = serving(silence, () => Promise.reject(new ConnectError("on purpose", code)));
    const { clock, end, isOver } = run(transport);
    await clock.advance(60_000);
    assert.equal(isOver(), false);
    code = Code.Unavailable;
    await clock.advance(30_000);
    await assert.rejects(end, { code: "unavailable" });
  });
});
