import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import {
  field,
  type ImageCache,
  type ImageEvent,
  ImagesClient,
  isImagesError,
  type WatchEvent,
} from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const prod = field.label("env").equals("prod");

/** The transport of a service, and how many of its streams are open. */
function counted(service: InMemoryImages) {
  let open = 0;
  const transport: Transport = {
    unary: service.transport.unary,
    async stream(method, signal, timeoutMs, header, input, contextValues) {
      open += 1;
      signal?.addEventListener("abort", () => {
        open -= 1;
      });
      return service.transport.stream(method, signal, timeoutMs, header, input, contextValues);
    },
  };
  return { transport, streams: () => open };
}

function setUp() {
  const service = new InMemoryImages();
  const { transport, streams } = counted(service);
  const images = new ImagesClient({ namespace: "default", transport });
  return { service, streams, images };
}

async function next(watch: AsyncIterableIterator<WatchEvent, undefined>): Promise<WatchEvent> {
  const { value, done } = await watch.next();
  if (done === true) throw new Error("the watch ended");
  return value;
}

function short({ type, image }: ImageEvent | WatchEvent): string {
  return image === undefined ? type : `${type} ${image.name}`;
}

describe("watch", () => {
  it("tells of what is there, and of what is done by this client or another", async () => {
    const { images, service, streams } = setUp();
    await images.create({ name: "a", target });
    await using other = new ImagesClient({ namespace: "default", transport: service.transport });
    await using watch = images.watch();
    assert.deepEqual([short(await next(watch)), short(await next(watch))], ["created a", "synced"]);
    const before = await images.get("a");
    const after = await other.update("a", { labels: { x: "1" } });
    assert.deepEqual(await next(watch), { type: "updated", image: after, previous: before });
    await images.delete("a");
    assert.deepEqual(await next(watch), { type: "deleted", image: after });
    await watch.return();
    assert.equal(streams(), 0);
  });

  it("sees nothing of other namespaces", async () => {
    const { images } = setUp();
    await using watch = images.watch();
    assert.equal(short(await next(watch)), "synced");
    await images.withNamespace("other").create({ name: "theirs", target });
    await images.create({ name: "ours", target });
    assert.equal(short(await next(watch)), "created ours");
  });

  it("takes a record that leaves the filter as deleted, and one that comes into it as created", async () => {
    const { images } = setUp();
    await images.create({ name: "a", target, labels: { env: "prod" } });
    await images.create({ name: "b", target, labels: { env: "dev" } });
    await using watch = images.watch(prod);
    assert.deepEqual([short(await next(watch)), short(await next(watch))], ["created a", "synced"]);
    await images.update("a", { labels: { env: "dev" } });
    assert.equal(short(await next(watch)), "deleted a");
    await images.update("b", { labels: { env: "prod" } });
    assert.equal(short(await next(watch)), "created b");
  });

  it("counts a change of updatedAt alone", async () => {
    let now = 1_000_000_000n;
    const service = new InMemoryImages({ clock: () => now });
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    await images.create({ name: "a", target, labels: { x: "1" } });
    await using watch = images.watch();
    await next(watch);
    await next(watch);
    now += 5_000_000n;
    await images.update("a", { labels: { x: "1" } });
    assert.equal(short(await next(watch)), "updated a");
  });

  it("polls a server that has no Events service", async () => {
    const service = new InMemoryImages();
    const stream = () => Promise.reject(new ConnectError("unknown service", Code.Unimplemented));
    const transport = { unary: service.transport.unary, stream };
    await using images = new ImagesClient({ namespace: "default", transport });
    await using watch = images.watch(undefined, { pollIntervalMs: 10 });
    assert.equal(short(await next(watch)), "synced");
    await images.create({ name: "a", target });
    let event = await next(watch);
    while (event.type === "synced") event = await next(watch);
    assert.equal(short(event), "created a");
  });

  it("lists again as often as it is asked to", async () => {
    const { images, service } = setUp();
    await using watch = images.watch(prod, { resyncIntervalMs: 10 });
    assert.equal(short(await next(watch)), "synced");
    service.seed([{ name: "unseen", target, labels: { env: "prod" } }]);
    let event = await next(watch);
    while (event.type === "synced") event = await next(watch);
    assert.equal(short(event), "created unseen");
  });

  it("sends headers with every request", async () => {
    const { images, service } = setUp();
    const seen: string[] = [];
    const note = (header: Parameters<Transport["unary"]>[3]) =>
      seen.push(new Headers(header).get("authorization") ?? "none");
    const transport: Transport = {
      unary: (method, signal, timeoutMs, header, ...rest) => {
        note(header);
        return service.transport.unary(method, signal, timeoutMs, header, ...rest);
      },
      stream: (method, signal, timeoutMs, header, ...rest) => {
        note(header);
        return service.transport.stream(method, signal, timeoutMs, header, ...rest);
      },
    };
    await using authorized = new ImagesClient({ namespace: "default", transport });
    await using watch = authorized.watch(undefined, { headers: { Authorization: "Bearer x" } });
    assert.equal(short(await next(watch)), "synced");
    await images.create({ name: "a", target });
    await next(watch);
    assert.deepEqual(seen, ["Bearer x", "Bearer x", "Bearer x", "Bearer x"]); // version, subscribe, list, get
  });

  it("refuses what cannot work", () => {
    const { images } = setUp();
    const issue = (path: string) => (error: unknown) =>
      isImagesError(error) && error.method === "watch" && error.message.includes(path);
    assert.throws(() => images.watch(undefined, { pollIntervalMs: 0 }), issue("pollIntervalMs"));
    assert.throws(() => images.watch(undefined, { resyncIntervalMs: 1.5 }), issue("resyncIntervalMs"));
    // @ts-expect-error: not an option
    assert.throws(() => images.watch(undefined, { interval: 1 }), issue("interval"));
    // @ts-expect-error: not a filter
    assert.throws(() => images.watch("name==a"), issue("filter"));
  });

  it("throws what the first list throws", async () => {
    const { images, service } = setUp();
    service.failNext("list", "permission_denied");
    await assert.rejects(images.watch().next(), { code: "permission_denied", method: "list" });
  });

  it("throws what a list would throw where the address is wrong", async () => {
    await using images = new ImagesClient({ namespace: "default", address: import.meta.filename });
    await assert.rejects(images.watch().next(), { code: "unavailable", method: "list", hint: /another kind/ });
  });

  describe("ends", () => {
    it("as canceled with its signal, which it then leaves alone", async () => {
      const { images, streams } = setUp();
      const stop = new AbortController();
      const watch = images.watch(undefined, { signal: stop.signal });
      await next(watch);
      const reason = new Error("enough");
      setImmediate(() => stop.abort(reason));
      await assert.rejects(watch.next(), { code: "canceled", method: "watch", cause: reason });
      assert.equal(streams(), 0);
      assert.deepEqual(await watch.next(), { done: true, value: undefined });
    });

    it("with the signal of many watches, which has one listener for all of them and for calls", async () => {
      const { images } = setUp();
      const stop = new AbortController();
      const watches = Array.from({ length: 11 }, () => images.watch(undefined, { signal: stop.signal }));
      for (const watch of watches) await next(watch);
      assert.equal(getEventListeners(stop.signal, "abort").length, 1);
      stop.abort();
      for (const watch of watches) await assert.rejects(watch.next(), { code: "canceled", method: "watch" });
      assert.equal(getEventListeners(stop.signal, "abort").length, 0);
    });

    it("as deadline_exceeded with a timeout", async () => {
      const { images } = setUp();
      const watch = images.watch(undefined, { signal: AbortSignal.timeout(80) });
      const consume = async () => {
        for await (const { type } of watch) assert.equal(type, "synced");
      };
      await assert.rejects(consume(), { code: "deadline_exceeded", method: "watch" });
    });

    it("before it begins where its signal was aborted", async () => {
      const { images, service } = setUp();
      await assert.rejects(images.watch(undefined, { signal: AbortSignal.abort() }).next(), { code: "canceled" });
      assert.deepEqual(service.calls, []);
    });

    for (const who of ["the client", "a derived client", "the owner of a derived client"]) {
      it(`as unavailable when ${who} closes, at once`, async () => {
        const { images, streams } = setUp();
        const derived = images.withTimeout(1_000);
        const watch = (who === "the client" ? images : derived).watch();
        await next(watch);
        const waiting = assert.rejects(watch.next(), { code: "unavailable", method: "watch" });
        await (who === "a derived client" ? derived : images).close();
        await waiting;
        assert.equal(streams(), 0);
      });
    }

    it("not when another derived client closes", async () => {
      const { images } = setUp();
      await using watch = images.withTimeout(1_000).watch();
      await next(watch);
      await images.withTimeout(2_000).close();
      await images.create({ name: "a", target });
      assert.equal(short(await next(watch)), "created a");
    });

    it("as failed_precondition where the client was closed before", async () => {
      const { images } = setUp();
      await images.close();
      await assert.rejects(images.watch().next(), { code: "failed_precondition" });
    });
  });
});

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

  it("reads without a call what the server has", async () => {
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

  it("follows what happens", async () => {
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

  it("does not pretend to be empty before it is filled", async () => {
    const { images } = setUp();
    await using cache = images.cache();
    const notReady = { code: "failed_precondition", method: "cache", hint: /ready/ };
    assert.throws(() => cache.get("a"), notReady);
    assert.throws(() => cache.has("a"), notReady);
    assert.throws(() => cache.values(), notReady);
    assert.throws(() => cache.size, notReady);
  });

  it("is not ready where the first list fails, and says why at every read", async () => {
    const { images, service } = setUp();
    service.failNext("list", "permission_denied");
    await using cache = images.cache();
    await assert.rejects(cache.ready, { code: "permission_denied" });
    assert.throws(() => cache.size, { code: "permission_denied" });
  });

  it("harms nobody who does not look at its failure", async () => {
    const { images, service } = setUp();
    service.failNext("list", "permission_denied");
    const cache = images.cache();
    await until(() => isDenied(cache)); // an unhandled rejection would have ended the process
  });

  it("says why it stopped to follow", async () => {
    const { images, service } = setUp();
    await using cache = images.cache(undefined, { resyncIntervalMs: 10 });
    await cache.ready;
    service.failNext("list", "permission_denied");
    await until(() => isDenied(cache));
  });

  for (const code of ["internal", "resource_exhausted", "failed_precondition"] as const) {
    it(`goes on after a list that failed as ${code}`, async () => {
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

  it("is over when it is closed, by itself, its signal or its client", async () => {
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

  it("is never ready when it is closed before", async () => {
    const { images } = setUp();
    const cache = images.cache();
    await cache.close();
    await assert.rejects(cache.ready, { code: "failed_precondition", hint: /make a new one/ });
  });
});
