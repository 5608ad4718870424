import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { PublishRequestSchema } from "../../../../gen/containerd/services/events/v1/events_pb.js";
import { EnvelopeSchema } from "../../../../gen/containerd/types/event_pb.js";
import { clockReader } from "../../../../src/interceptors/retry/clock-reader.js";
import { ServerClock } from "../../../../src/interceptors/retry/server-clock.js";
import type { EventStreams } from "../../../../src/rpc/event-streams.js";
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
    const slow: EventStreams = {
      open: async (_request, { received }) => ({
        ended: new Promise<never>(() => {}),
        unary: async (request, _call, decoder) => {
          const { topic } = fromBinary(PublishRequestSchema, request.bytes);
          const event = create(EnvelopeSchema, { topic, timestamp: timestampFromMs(clock.now()) });
          clock.after(4, () => received(toBinary(EnvelopeSchema, event)));
          return decoder.whole(new Uint8Array());
        },
      }),
    };
    const times: number[] = [];
    const reading = async () => {
      for await (const _ of clockReader(async () => slow)(new ServerClock(clock), callOn(clock)))
        times.push(clock.now());
    };
    await clock.until(reading());
    assert.deepEqual(times.slice(0, 3), [4, 8, 12]);
  });
});
