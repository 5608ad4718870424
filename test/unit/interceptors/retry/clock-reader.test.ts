import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  PublishRequestSchema,
  SubscribeRequestSchema,
} from "../../../../gen/containerd/services/events/v1/events_pb.js";
import { EnvelopeSchema } from "../../../../gen/containerd/types/event_pb.js";
import { clockReader } from "../../../../src/interceptors/retry/clock-reader.js";
import { ServerClock } from "../../../../src/interceptors/retry/server-clock.js";
import {
  type EventStream,
  type EventStreamOptions,
  type EventStreams,
  streamEndedFailure,
} from "../../../../src/rpc/event-streams.js";
import { RpcFailure } from "../../../../src/rpc/failure.js";
import { InMemoryImages } from "../../../../src/testing/index.js";
import { eventsOverTransport } from "../../../../src/transport/events-over-transport.js";
import { systemClock } from "../../../../src/util/clock.js";
import { ManualClock } from "../../../support/manual-clock.js";
import { callOn } from "../calls.js";

/** A server whose clock is a day ahead of this process. */
const DAY_MS = 86_400_000;
const ahead = () => BigInt(Math.round((performance.timeOrigin + performance.now() + DAY_MS) * 1_000)) * 1_000n;

async function readings(eventStreams: EventStreams, most: number) {
  const call = callOn(systemClock);
  const clock = new ServerClock(systemClock);
  let count = 0;
  try {
    for await (const _ of clockReader(async () => eventStreams)(clock, call)) {
      count += 1;
      if (count === most) break;
    }
    return { count, clock };
  } finally {
    call.deadline.release();
  }
}

describe("the reader of the server's clock", () => {
  it("learns it from events that come back, and leaves nothing behind", async () => {
    const service = new InMemoryImages({ clock: ahead });
    const from = { ms: performance.now(), wallMs: Date.now() };
    const { count, clock } = await readings(eventsOverTransport(service.transport), 3);
    assert.equal(count, 3);
    const fromMs = performance.timeOrigin + from.ms + DAY_MS;
    const nowMs = performance.timeOrigin + performance.now() + DAY_MS;
    assert.equal(clock.order(fromMs - 60_000, from), "outside");
    assert.equal(clock.order(nowMs + 60_000, from), "outside");
    assert.equal(clock.order((fromMs + nowMs) / 2, from), "inside");
    assert.deepEqual(service.snapshot(), []);
  });

  it("ends where the server has no events, or does not publish", async () => {
    const refusal = new RpcFailure("no such service", {
      code: "unimplemented",
      kind: "status",
      evidence: "answered",
    });
    const never: EventStreams = { open: () => Promise.reject(refusal) };
    assert.equal((await readings(never, 1)).count, 0);
    const deaf: EventStreams = {
      open: async () => ({ ended: new Promise<never>(() => {}), unary: () => Promise.reject(refusal) }),
    };
    assert.equal((await readings(deaf, 1)).count, 0);
  });

  it("ends with the call, also while its stream is being opened", async () => {
    const clock = new ManualClock();
    const signals: AbortSignal[] = [];
    const pending: EventStreams = {
      open: (_request, { signal }) => {
        signals.push(signal);
        return new Promise<never>(() => {});
      },
    };
    const reading = async () => {
      const call = callOn(clock, { timeoutMs: 300 });
      for await (const _ of clockReader(async () => pending)(new ServerClock(clock), call)) assert.fail();
    };
    await clock.until(reading());
    assert.equal(clock.now(), 300);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true],
    );
  });

  it("waits 10 ms for each of twenty events, and then gives up", async () => {
    const clock = new ManualClock();
    let published = 0;
    const signals: AbortSignal[] = [];
    const silent: EventStreams = {
      open: async (_request, { signal }) => {
        signals.push(signal);
        return {
          ended: new Promise<never>(() => {}),
          unary: async (_request, _call, decoder) => {
            published += 1;
            return decoder.whole(new Uint8Array());
          },
        };
      },
    };
    const call = callOn(clock);
    const reading = async () => {
      for await (const _ of clockReader(async () => silent)(new ServerClock(clock), call)) assert.fail();
    };
    await clock.until(reading());
    assert.deepEqual([published, clock.now()], [20, 200]);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true],
      "its stream is ended",
    );
  });

  it("waits for the event of each reading, and goes on as soon as it has come", async () => {
    const clock = new ManualClock();
    const publisher = new Publisher((topic, received) => {
      clock.after(4, () => received({ topic, timestamp: timestampFromMs(clock.now()) }));
    });
    const call = callOn(clock);
    const times: number[] = [];
    const reading = async () => {
      for await (const _ of clockReader(async () => publisher)(new ServerClock(clock), call)) times.push(clock.now());
    };
    await clock.until(reading());
    assert.deepEqual(times.slice(0, 3), [4, 8, 12]);
    assert.equal(times.length, 20);
    call.deadline.release();
    assert.equal(clock.pending, 0, "it stops the timers of its waits");
  });

  it("does not wait for an event that has come before the response", async () => {
    const clock = new ManualClock();
    const publisher = new Publisher((topic, received) => received({ topic, timestamp: timestampFromMs(clock.now()) }));
    for await (const _ of clockReader(async () => publisher)(new ServerClock(clock), callOn(clock))) {
      assert.equal(clock.now(), 0);
    }
    assert.equal(publisher.topics.length, 20);
  });

  it("asks for the events of a topic of its own only", async () => {
    const clock = new ManualClock();
    const publishers = [new Publisher(), new Publisher()];
    for (const publisher of publishers) {
      const reading = async () => {
        for await (const _ of clockReader(async () => publisher)(new ServerClock(clock), callOn(clock))) assert.fail();
      };
      await clock.until(reading());
    }
    const patterns = publishers.map(({ filters: [filter = ""] }) => {
      const [, pattern] = /^topic~="(.+)"$/.exec(filter) ?? [];
      assert.ok(pattern, filter);
      return new RegExp(pattern);
    });
    for (const [own, { topics }] of publishers.entries()) {
      assert.equal(new Set(topics).size, 20);
      for (const [at, pattern] of patterns.entries())
        assert.ok(
          topics.every((topic) => pattern.test(topic) === (at === own)),
          `${pattern} and ${topics[0]}`,
        );
    }
  });

  it("learns nothing from the events of others, and from those without a time", async () => {
    const clock = new ManualClock();
    const publisher = new Publisher((topic, received) => {
      received({ topic });
      received({ topic: `${topic}0`, timestamp: timestampFromMs(clock.now()) });
      received(undefined);
    });
    const serverClock = new ServerClock(clock);
    const reading = async () => {
      for await (const _ of clockReader(async () => publisher)(serverClock, callOn(clock))) assert.fail();
    };
    await clock.until(reading());
    assert.equal(serverClock.isFresh, false);
  });

  it("ends with its stream, also while it waits for an event", async () => {
    const clock = new ManualClock();
    const publisher = new Publisher(() => clock.after(3, () => publisher.end()));
    const reading = async () => {
      for await (const _ of clockReader(async () => publisher)(new ServerClock(clock), callOn(clock))) assert.fail();
    };
    await clock.until(reading());
    assert.equal(clock.now(), 3);
    assert.equal(publisher.topics.length, 1);
  });
});

type Receive = (event: MessageInitShape<typeof EnvelopeSchema> | undefined) => void;

/** Streams of a server that accepts every event, and gives back what `onPublish` does. */
class Publisher implements EventStreams {
  filters: readonly string[] = [];
  readonly topics: string[] = [];
  readonly #onPublish: (topic: string, received: Receive) => void;
  #end = (_: RpcFailure): void => {};

  constructor(onPublish: (topic: string, received: Receive) => void = () => {}) {
    this.#onPublish = onPublish;
  }

  async open(request: Uint8Array, { received }: EventStreamOptions): Promise<EventStream> {
    this.filters = fromBinary(SubscribeRequestSchema, request).filters;
    return {
      ended: new Promise((_resolve, reject) => {
        this.#end = reject;
      }),
      unary: async ({ bytes }, _call, decoder) => {
        const { topic } = fromBinary(PublishRequestSchema, bytes);
        this.topics.push(topic);
        this.#onPublish(topic, (event) => received(event && toBinary(EnvelopeSchema, create(EnvelopeSchema, event))));
        return decoder.whole(new Uint8Array());
      },
    };
  }

  end(): void {
    this.#end(streamEndedFailure());
  }
}
