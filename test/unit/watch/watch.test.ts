import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { ClientCalls } from "../../../src/core/client-calls.js";
import { retryPolicy } from "../../../src/core/client-settings.js";
import { connect } from "../../../src/core/connection.js";
import { type ImageEvent, ImagesClient, isImagesError, type WatchEvent } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { ManualClock } from "../../support/manual-clock.js";
import { pass } from "../transport/pass.js";
import { prod, setUp, target } from "./in-memory.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

async function next(watch: AsyncIterableIterator<WatchEvent, undefined>): Promise<WatchEvent> {
  const { value, done } = await watch.next();
  if (done === true) throw new Error("the watch ended");
  return value;
}

async function endedWatch(images: ImagesClient): Promise<object> {
  const watch = images.watch();
  await next(watch);
  await watch.return();
  return watch;
}

function short({ type, image }: ImageEvent | WatchEvent): string {
  return image === undefined ? type : `${type} ${image.name}`;
}

describe("watch", () => {
  it("reports the records that exist, and what this client or another one changes", async () => {
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

  it("reports nothing of other namespaces", async () => {
    const { images } = setUp();
    await using watch = images.watch();
    assert.equal(short(await next(watch)), "synced");
    await images.withNamespace("other").create({ name: "theirs", target });
    await images.create({ name: "ours", target });
    assert.equal(short(await next(watch)), "created ours");
  });

  it("reports a record as deleted when its filter no longer matches, and as created when it begins to match", async () => {
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

  it("reports a change of updatedAt alone", async () => {
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

  // 40 lists at the default interval would take 80 s.
  it("polls a server that has no Events service every pollIntervalMs", { timeout: 40_000 }, async () => {
    const service = new InMemoryImages();
    const stream = () => Promise.reject(new ConnectError("unknown service", Code.Unimplemented));
    const transport = { unary: service.transport.unary, stream };
    await using images = new ImagesClient({ namespace: "default", transport });
    await using watch = images.watch(undefined, { pollIntervalMs: 10 });
    for (let lists = 0; lists < 40; lists += 1) assert.equal(short(await next(watch)), "synced");
    await images.create({ name: "a", target });
    let event = await next(watch);
    while (event.type === "synced") event = await next(watch);
    assert.equal(short(event), "created a");
  });

  it("lists again every resyncIntervalMs", async () => {
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
    assert.deepEqual(seen, Array(5).fill("Bearer x")); // version, subscribe, version, list, get
  });

  it("rejects invalid options and filters", () => {
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
    await assert.rejects(images.watch().next(), { code: "permission_denied", method: "watch" });
  });

  const noFile = process.platform === "win32" && "a pipe is no file of another kind";
  it("throws what a list would throw when the address is wrong", { skip: noFile }, async () => {
    await using images = new ImagesClient({ namespace: "default", address: import.meta.filename });
    await assert.rejects(images.watch().next(), { code: "unavailable", method: "watch", hint: /another kind/ });
  });

  describe("ends", () => {
    it("as canceled when its signal aborts, and unsubscribes from it", async () => {
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

    it("with an error that counts its requests", async () => {
      const { images } = setUp();
      const stop = new AbortController();
      const watch = images.watch(undefined, { signal: stop.signal });
      await next(watch);
      await images.create({ name: "a", target });
      await next(watch);
      stop.abort();
      await assert.rejects(watch.next(), { code: "canceled", attempts: 4 }); // version, version, list, get
    });

    it("together with the request that it waits for", async () => {
      let signal: AbortSignal | undefined;
      const unary: Transport["unary"] = (_method, given) => {
        signal = given;
        return new Promise(() => {});
      };
      const transport = { unary, stream: () => assert.fail("no stream") };
      await using images = new ImagesClient({ namespace: "default", transport });
      const watch = images.watch();
      const waiting = watch.next();
      while (signal === undefined) await turn();
      await watch.return();
      await waiting;
      assert.ok(signal.aborted);
    });

    it("without a trace at its client", async () => {
      const { images } = setUp();
      const ended = new WeakRef(await endedWatch(images));
      for (let turns = 0; turns < 100 && ended.deref() !== undefined; turns += 1) {
        await turn();
        collectGarbage();
      }
      assert.equal(ended.deref(), undefined);
      await images.close();
    });

    it("when its signal aborts, which has one listener for any number of watches", async () => {
      const { images } = setUp();
      const stop = new AbortController();
      const watches = Array.from({ length: 11 }, () => images.watch(undefined, { signal: stop.signal }));
      for (const watch of watches) await next(watch);
      assert.equal(getEventListeners(stop.signal, "abort").length, 1);
      stop.abort();
      for (const watch of watches) await assert.rejects(watch.next(), { code: "canceled", method: "watch" });
      assert.equal(getEventListeners(stop.signal, "abort").length, 0);
    });

    it("as deadline_exceeded when its signal is a timeout", async () => {
      const { images } = setUp();
      const watch = images.watch(undefined, { signal: AbortSignal.timeout(80) });
      const consume = async () => {
        for await (const { type } of watch) assert.equal(type, "synced");
      };
      await assert.rejects(consume(), { code: "deadline_exceeded", method: "watch" });
    });

    it("before it sends anything when its signal has aborted before", async () => {
      const { images, service } = setUp();
      const about = { code: "canceled", attempts: 0, outcome: "not-applied" };
      await assert.rejects(images.watch(undefined, { signal: AbortSignal.abort() }).next(), about);
      assert.deepEqual(service.calls, []);
    });

    for (const who of ["the client", "a derived client", "the owner of a derived client"]) {
      it(`as unavailable as soon as ${who} closes`, async () => {
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

    it("as deadline_exceeded when no daemon has come within the timeoutMs of the client", async () => {
      const clock = new ManualClock();
      const away = connect({ endpoint: { kind: "unix", path: "/nowhere/c.sock" } }, { waitForDaemonMs: 60_000, clock });
      const settings = { namespace: "default", lease: undefined, timeoutMs: 50, retry: retryPolicy(undefined) };
      await using images = new ImagesClient(new ClientCalls(away, settings));
      const message = /within 50 ms: cannot connect/;
      const ended = assert.rejects(images.watch().next(), { code: "deadline_exceeded", message });
      await pass(clock, 50);
      await ended;
    });

    it("as failed_precondition when the client was closed before", async () => {
      const { images } = setUp();
      await images.close();
      await assert.rejects(images.watch().next(), { code: "failed_precondition" });
    });
  });
});
