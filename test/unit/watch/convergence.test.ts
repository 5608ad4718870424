import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FakeServer, failure, record } from "./fake-server.js";
import { watching } from "./harness.js";

const names = fc.constantFrom("a", "b", "c", "d");
const hasEvent = fc.boolean();

/** Everything that can happen to a server and its watch. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("put" as const), name: names, hasEvent }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("remove" as const), name: names, hasEvent }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("disconnect" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("failList" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refuseEvents" as const), isRefused: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("take" as const), count: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2_000) }) },
);

describe("a watch", () => {
  it("adds up to the server's list at every synced event, whatever is lost on the way", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const server = new FakeServer();
        const listed: Map<string, number>[] = [];
        const list = server.list.bind(server);
        server.list = async (filter, signal) => {
          const images = await list(filter, signal);
          listed.push(new Map(images.map((image) => [image.name, image.updatedAt.getTime()])));
          return images;
        };
        const { clock, watch, state, take } = watching(server, { resyncIntervalMs: 1_000, pollIntervalMs: 500 });
        let change = 0;
        let taken: Promise<unknown> = Promise.resolve();

        // The consumer takes one event after the other.
        const takeOne = async () => {
          const event = await take();
          if (event?.type === "synced") assert.deepEqual(state, listed.at(-1));
        };
        const takeSome = (count: number) => {
          for (let i = 0; i < count; i += 1) taken = taken.then(takeOne);
          taken.catch(() => {});
        };

        for (const next of steps) {
          change += 1;
          if (next.do === "put") server.put(record(next.name, change), next.hasEvent);
          else if (next.do === "remove") server.remove(next.name, next.hasEvent);
          else if (next.do === "disconnect") server.restart();
          else if (next.do === "failList" && listed.length > 0) server.listErrors.push(failure("unavailable"));
          else if (next.do === "refuseEvents")
            server.subscribeError = next.isRefused ? failure("unimplemented") : undefined;
          else if (next.do === "take") takeSome(next.count);
          else if (next.do === "wait") await clock.advance(next.ms);
        }

        // Without further changes, the consumer's records become equal to the server's.
        takeSome(100);
        await clock.advance(20_000);
        await Promise.race([taken, new Promise(setImmediate)]);
        const expected = new Map([...server.records].map(([name, image]) => [name, image.updatedAt.getTime()]));
        assert.deepEqual(state, expected);
        void watch.return();
        await taken;
        assert.deepEqual([server.streams, clock.pending], [0, 0]);
      }),
      { numRuns: 150 },
    );
  });
});
