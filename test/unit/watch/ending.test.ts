import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { ImagesError } from "../../../src/errors.js";
import { busy, FakeServer, failure, failVersionAfterSubscribe, lost, record } from "./fake-server.js";
import { watching } from "./harness.js";

const SUBSCRIBE_SETTLE_MS = 50;

/** A watch that has yielded one of two records, and what would end it from outside. */
async function started() {
  const server = new FakeServer();
  server.put(record("a"));
  server.put(record("b"));
  let end: (error: ImagesError) => void = () => assert.fail("not started");
  let isForgotten = false;
  const harness = watching(server, {}, (given) => {
    end = given;
    return () => {
      isForgotten = true;
    };
  });
  const first = harness.take();
  await harness.clock.advance(SUBSCRIBE_SETTLE_MS);
  await first;
  const assertReleased = () => {
    assert.deepEqual([server.streams, harness.clock.pending], [0, 0]);
  };
  return { ...harness, server, assertReleased, end: () => end(failure("canceled")), isForgotten: () => isForgotten };
}

async function all(iterable: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of iterable) count += 1;
  return count;
}

describe("the end of a watch", () => {
  it("comes with break", async () => {
    const { watch, assertReleased, isForgotten } = await started();
    for await (const { type } of watch) {
      assert.equal(type, "created");
      break;
    }
    assertReleased();
    assert.ok(isForgotten());
    assert.equal(await all(watch), 0);
  });

  it("comes with an error in the consumer's loop, which the consumer gets", async () => {
    const { watch, assertReleased } = await started();
    const consume = async () => {
      for await (const _ of watch) throw new Error("mine");
    };
    await assert.rejects(consume(), /mine/);
    assertReleased();
  });

  it("comes with throw, even while a next is waiting", async () => {
    const { watch, assertReleased } = await started();
    await watch.next();
    await watch.next();
    const waiting = watch.next();
    await assert.rejects(watch.throw(failure("unavailable")), { code: "unavailable" });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assertReleased();
  });

  it("comes with return that is passed on alone, as a listener", async () => {
    const { watch, assertReleased } = await started();
    const listener = watch.return;
    await listener();
    assert.equal(await all(watch), 0);
    assertReleased();
  });

  it("comes with return, even while a next is waiting", async () => {
    const { watch, assertReleased } = await started();
    await watch.next();
    await watch.next();
    const waiting = watch.next();
    assert.deepEqual(await watch.return(), { done: true, value: undefined });
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual(await watch.next(), { done: true, value: undefined });
    assertReleased();
  });

  it("comes with await using", async () => {
    const { watch, assertReleased } = await started();
    {
      await using _ = watch;
    }
    assertReleased();
  });

  it("can come from outside after the last record, and then nothing is said to be synced", async () => {
    const { watch, end, assertReleased } = await started();
    await watch.next();
    end();
    await assert.rejects(watch.next(), { code: "canceled" });
    assertReleased();
  });

  it("can come before the first next", async () => {
    const server = new FakeServer();
    const { watch, clock } = watching(server);
    await watch.return();
    assert.deepEqual(await watch.next(), { done: true, value: undefined });
    assert.deepEqual([server.calls, clock.pending], [[], 0]);
  });

  it("can come while the watch connects", async () => {
    const server = new FakeServer();
    const { watch, clock } = watching(server);
    const waiting = watch.next();
    await clock.advance(SUBSCRIBE_SETTLE_MS - 1);
    await watch.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual([server.streams, clock.pending], [0, 0]);
  });

  it("can come while the version is asked for, and then nothing is subscribed to", async () => {
    const server = new FakeServer();
    let fail: (error: unknown) => void = () => assert.fail();
    server.version = () =>
      new Promise((_, reject) => {
        fail = reject;
      });
    const { watch } = watching(server);
    const waiting = watch.next();
    const ended = watch.return();
    fail(failure("canceled"));
    await ended;
    assert.deepEqual(await waiting, { done: true, value: undefined });
    await turn();
    assert.deepEqual([server.calls, server.streams], [[], 0]);
  });

  it("can come while a list is in flight, whose own error then does not matter", async () => {
    const server = new FakeServer();
    server.list = (_filter, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(failure("canceled"))));
    const { watch, clock } = watching(server);
    const waiting = watch.next();
    await clock.advance(SUBSCRIBE_SETTLE_MS);
    await watch.return();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    assert.deepEqual([server.streams, clock.pending], [0, 0]);
  });

  it("comes from outside while a next is waiting", async () => {
    const { watch, end, assertReleased, isForgotten } = await started();
    await watch.next();
    await watch.next();
    const waiting = assert.rejects(watch.next(), { code: "canceled" });
    end();
    await waiting;
    assertReleased();
    assert.ok(isForgotten());
    assert.equal(await all(watch), 0);
  });

  it("releases everything as soon as it comes from outside, even while the consumer is busy", async () => {
    const { watch, end, assertReleased } = await started();
    end();
    await turn();
    assertReleased();
    await assert.rejects(watch.next(), { code: "canceled" });
  });

  it("releases everything when it comes from outside, also after a stream that was lost", async () => {
    const { watch, server, clock, end, assertReleased } = await started();
    server.disconnect(lost());
    await clock.advance(1_000);
    assert.equal(server.streams, 1);
    end();
    await turn();
    assertReleased();
    await assert.rejects(watch.next(), { code: "canceled" });
  });

  it("comes at the first next when it came from outside before", async () => {
    const server = new FakeServer();
    const { watch } = watching(server, {}, (end) => {
      end(failure("canceled"));
      return () => {};
    });
    await assert.rejects(watch.next(), { code: "canceled" });
    assert.deepEqual([server.calls, server.streams], [[], 0]);
  });

  it("comes at once with what onRetry throws in the background, even while the watch backs off", async () => {
    const { watch, server, clock, assertReleased } = await started();
    await watch.next();
    await watch.next();
    let ended: unknown;
    const waiting = watch.next().catch((error: unknown) => {
      ended = error;
    });
    server.list = () => Promise.reject(busy(20_000));
    server.sendTooLargeEvent();
    await clock.advance(10);
    const thrown = new Error("of onRetry");
    server.version = () => Promise.reject(thrown);
    server.disconnect(lost());
    await clock.advance(1_000);
    assert.equal(ended, thrown);
    await waiting;
    assertReleased();
  });

  it("comes without a back-off if a read fails after onRetry has thrown in the background", async () => {
    const { watch, server, clock, assertReleased } = await started();
    await watch.next();
    await watch.next();
    const thrown = new Error("of onRetry");
    const ended = assert.rejects(watch.next(), thrown);
    let failList = (_: ImagesError) => {};
    server.list = () =>
      new Promise((_, reject) => {
        failList = reject;
      });
    server.sendTooLargeEvent();
    await clock.advance(10);
    server.version = () => Promise.reject(thrown);
    server.disconnect(lost());
    await clock.advance(1_000);
    failList(busy(20_000));
    await clock.advance(0);
    assert.equal(clock.running, 0);
    await ended;
    assertReleased();
  });

  it("comes with what onRetry throws after the request to subscribe", async () => {
    const server = new FakeServer();
    const { watch, clock } = watching(server);
    const thrown = new Error("of onRetry");
    failVersionAfterSubscribe(server, thrown);
    const waiting = assert.rejects(watch.next(), (error) => error === thrown);
    await clock.advance(SUBSCRIBE_SETTLE_MS);
    await waiting;
    assert.deepEqual([server.streams, clock.pending], [0, 0]);
  });

  it("can come while the watch backs off", async () => {
    const { watch, server, clock, end, assertReleased } = await started();
    await watch.next();
    await watch.next();
    const waiting = assert.rejects(watch.next(), { code: "canceled" });
    server.restart();
    await clock.advance(10);
    end();
    await waiting;
    assertReleased();
  });
});
