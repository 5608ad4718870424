import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ImagesError, isImagesError } from "../../../src/index.js";
import { systemClock } from "../../../src/util/clock.js";
import { ImageCache } from "../../../src/watch/cache.js";
import { FakeServer, failure } from "./fake-server.js";
import { watching } from "./harness.js";
import { prod, setUp, target } from "./in-memory.js";

const SUBSCRIBE_SETTLE_MS = 50;
const RESYNC_MS = 1_000;

const details = { code: "internal", method: "cache", namespace: "n", attempts: 1, outcome: "not-applied" } as const;

/** The events of a watch that ends with this error at once. */
function failing(error: Error): AsyncIterableIterator<never, undefined> {
  const events = { next: () => Promise.reject(error), [Symbol.asyncIterator]: () => events };
  return events;
}

function isThrown(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch {
    return true;
  }
}

describe("cache", () => {
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  function isDenied(cache: ImageCache): boolean {
    try {
      return cache.size < 0;
    } catch (error) {
      return isImagesError(error) && error.code === "permission_denied";
    }
  }

  it("returns what the server has without a call", async () => {
    const { images, service } = setUp();
    const a = await images.create({ name: "a", target });
    await using cache = images.cache();
    assert.ok(cache.lastSyncedAt === undefined);
    await cache.ready;
    const before = service.calls.length;
    assert.deepEqual([cache.size, cache.has("a"), cache.has("b")], [1, true, false]);
    assert.deepEqual([cache.get("a"), cache.get("b"), [...cache.values()]], [a, undefined, [a]]);
    assert.ok(Date.now() - Number(cache.lastSyncedAt) < 10_000);
    assert.equal(service.calls.length, before);
  });

  it("applies every change", async () => {
    const { images } = setUp();
    await using cache = images.cache(prod);
    await cache.ready;
    const created = await images.create({ name: "a", target, labels: { env: "prod" } });
    await until(() => cache.has("a"));
    assert.deepEqual(cache.get("a"), created);
    const updated = await images.update("a", { labels: { x: "1" } });
    await until(() => isDeepStrictEqual(cache.get("a"), updated));
    await images.update("a", { labels: { env: "dev" } });
    await until(() => cache.size === 0);
  });

  it("throws at every read before it is filled, instead of looking empty", async () => {
    const { images } = setUp();
    await using cache = images.cache();
    const about = { method: "cache", attempts: 0, outcome: "not-applied" };
    const notReady = { code: "failed_precondition", ...about, hint: "await cache.ready first" };
    assert.throws(() => cache.get("a"), notReady);
    assert.throws(() => cache.has("a"), notReady);
    assert.throws(() => cache.values(), notReady);
    assert.throws(() => cache.size, notReady);
  });

  it("rejects ready when the first list fails, and throws that error at every read", async () => {
    const { images, service } = setUp();
    service.failNext("list", "permission_denied");
    await using cache = images.cache();
    await assert.rejects(cache.ready, { code: "permission_denied" });
    assert.throws(() => cache.size, { code: "permission_denied" });
  });

  it("causes no unhandled rejection when nobody awaits ready", async () => {
    const { images, service } = setUp();
    service.failNext("list", "permission_denied");
    const cache = images.cache();
    await until(() => isDenied(cache)); // an unhandled rejection would have ended the process
  });

  it("throws at every read why its watch has ended", async () => {
    const { images, service } = setUp();
    await using cache = images.cache(undefined, { resyncIntervalMs: 10 });
    await cache.ready;
    service.failNext("list", "permission_denied");
    await until(() => isDenied(cache));
    const about = { code: "permission_denied", method: "cache", hint: "make a new one" };
    for (const read of [() => cache.get("a"), () => cache.has("a"), () => cache.values(), () => cache.size])
      assert.throws(read, { ...about, message: /"default": failNext: permission_denied; the cache has ended$/ });
  });

  it("keeps the reason of its signal, and the hint of the error with which its watch has ended", async () => {
    const stop = new AbortController();
    const { images } = setUp();
    const cache = images.cache(undefined, { signal: stop.signal });
    await cache.ready;
    const reason = new Error("enough");
    stop.abort(reason);
    await until(() => isThrown(() => cache.size));
    assert.throws(() => cache.size, { code: "canceled", cause: reason });
    const hinted = new ImagesError("mine", { ...details, hint: "look" });
    const ended = new ImageCache(failing(hinted), "n", systemClock);
    await assert.rejects(ended.ready, (error) => error === hinted);
    assert.throws(() => ended.size, { message: "mine; the cache has ended", hint: "look" });
    const other = new ImageCache(failing(reason), "n", systemClock);
    await assert.rejects(other.ready, (error) => error === reason);
    assert.throws(
      () => other.size,
      (error) => error === reason,
    );
  });

  it("that has ended has the stack trace of the read, which leads to the program that reads", async () => {
    const ended = new ImageCache(failing(new ImagesError("mine", details)), "n", systemClock);
    await assert.rejects(ended.ready);
    function reader(): unknown {
      return ended.size;
    }
    assert.throws(reader, (error: Error) => error.stack?.split("\n")[1]?.includes("at reader ") === true);
  });

  for (const code of ["internal", "resource_exhausted", "failed_precondition"] as const) {
    it(`continues after a list that failed as ${code}`, async () => {
      const { images, service } = setUp();
      await using cache = images.cache(undefined, { resyncIntervalMs: 10 });
      await cache.ready;
      service.failNext("list", code);
      const lists = () => service.calls.filter(({ method }) => method === "list").length;
      const before = lists();
      await until(() => lists() > before + 2);
      await images.create({ name: "a", target });
      await until(() => cache.has("a"));
    });
  }

  it("ends when it is closed, when its signal aborts and when its client is closed", async () => {
    const { images, streams } = setUp();
    const stop = new AbortController();
    const [closed, aborted, ended] = [images.cache(), images.cache(undefined, { signal: stop.signal }), images.cache()];
    await Promise.all([closed.ready, aborted.ready, ended.ready]);
    await closed.close();
    await closed.close();
    assert.throws(() => closed.size, { code: "failed_precondition", hint: /make a new one/ });
    stop.abort();
    await images.close();
    await until(() => streams() === 0);
    assert.throws(() => aborted.size, { code: "canceled" });
    assert.throws(() => ended.size, { code: "unavailable" });
  });

  it("ends with an await using block", async () => {
    const { images } = setUp();
    const cache = images.cache();
    await cache.ready;
    await cache[Symbol.asyncDispose]();
    assert.throws(() => cache.size, { code: "failed_precondition" });
  });

  it("rejects ready when it is closed before the first list", async () => {
    const { images } = setUp();
    const cache = images.cache();
    await cache.close();
    await assert.rejects(cache.ready, { code: "failed_precondition", hint: /make a new one/ });
  });

  it("updates lastSyncedAt with every list, but not while lists fail", async () => {
    const server = new FakeServer();
    const { clock, watch } = watching(server, { resyncIntervalMs: RESYNC_MS });
    await using cache = new ImageCache(watch, "n", clock);
    const syncedAtMs = () => cache.lastSyncedAt?.getTime();
    assert.equal(syncedAtMs(), undefined);
    await clock.advance(SUBSCRIBE_SETTLE_MS);
    assert.equal(syncedAtMs(), SUBSCRIBE_SETTLE_MS);
    await clock.advance(2 * RESYNC_MS);
    assert.equal(syncedAtMs(), SUBSCRIBE_SETTLE_MS + 2 * RESYNC_MS);
    server.list = () => Promise.reject(failure("unavailable"));
    await clock.advance(10 * RESYNC_MS);
    assert.equal(syncedAtMs(), SUBSCRIBE_SETTLE_MS + 2 * RESYNC_MS);
  });
});
