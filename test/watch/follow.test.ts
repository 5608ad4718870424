import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeServer, failure, record } from "./fake-server.js";
import { watching } from "./harness.js";

const SUBSCRIBING_MS = 50;
const MINUTE_MS = 60_000;

/** A watch that has taken in what is there at first. */
async function synced(server: FakeServer, options: Parameters<typeof watching>[1] = {}) {
  const harness = watching(server, options);
  const drained = harness.drain();
  drained.catch(() => {});
  await harness.clock.advance(SUBSCRIBING_MS);
  assert.equal(harness.seen().at(-1), "synced");
  server.calls.length = 0;
  return { ...harness, drained };
}

describe("follow", () => {
  it("asks for nothing before the first next", async () => {
    const server = new FakeServer();
    const { clock } = watching(server);
    await clock.advance(MINUTE_MS);
    assert.deepEqual(server.calls, []);
  });

  it("subscribes, waits, then lists", async () => {
    const server = new FakeServer();
    server.put(record("a"));
    server.put(record("b"));
    const { clock, drain, seen } = watching(server);
    void drain();
    await clock.advance(SUBSCRIBING_MS - 1);
    assert.deepEqual(server.calls, ["version", "subscribe"]);
    await clock.advance(1);
    assert.deepEqual(server.calls, ["version", "subscribe", "list"]);
    assert.deepEqual(seen(), ["created a", "created b", "synced"]);
  });

  it("reads what an event names", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.put(record("a"));
    await clock.advance(0);
    server.put(record("a", 2));
    await clock.advance(0);
    server.remove("a");
    await clock.advance(0);
    assert.deepEqual(seen(), ["created a", "updated a", "deleted a"]);
    assert.deepEqual(server.calls, ["find a", "find a", "find a"]);
  });

  it("says nothing where nothing changed", async () => {
    const server = new FakeServer();
    server.put(record("a"));
    const { clock, seen } = await synced(server);
    server.tell("a");
    server.tell("never-there");
    await clock.advance(0);
    assert.deepEqual(seen(), []);
    assert.deepEqual(server.calls, ["find a", "find never-there"]);
  });

  it("lets a slow consumer skip what is over, and reads a name once", async () => {
    const server = new FakeServer();
    const { clock, take, seen, watch } = watching(server);
    const first = take();
    await clock.advance(SUBSCRIBING_MS);
    await first;
    for (let change = 1; change <= 10; change += 1) server.put(record("a", change));
    server.put(record("b"));
    server.remove("b");
    server.calls.length = 0;
    await take();
    const last = take();
    await clock.advance(0);
    assert.deepEqual(seen(), ["synced", "created a"]);
    assert.deepEqual(server.calls, ["find a", "find b"]);
    await watch.return();
    await last;
  });

  it("lists again when more names changed than it keeps", async () => {
    const server = new FakeServer();
    const { clock, take, watch } = watching(server);
    const first = take();
    await clock.advance(SUBSCRIBING_MS);
    await first;
    server.calls.length = 0;
    for (let i = 0; i < 5_000; i += 1) server.put(record(`app:${i}`));
    for (let i = 0; i < 5_000; i += 1) assert.equal((await take())?.type, "created");
    assert.equal((await take())?.type, "synced");
    assert.deepEqual(server.calls, ["list"]);
    await watch.return();
  });

  it("finds a lost event with the next full list, after five minutes", async () => {
    const server = new FakeServer();
    server.put(record("a"));
    const { clock, seen } = await synced(server);
    server.put(record("a", 2), false);
    server.put(record("b"), false);
    await clock.advance(5 * MINUTE_MS - 1);
    assert.deepEqual(seen(), []);
    await clock.advance(1);
    assert.deepEqual(seen(), ["updated a", "created b", "synced"]);
    await clock.advance(5 * MINUTE_MS);
    assert.deepEqual(seen(), ["synced"]);
  });

  for (const [version, intervalMs] of [
    ["v1.6.20", 30_000],
    ["1.7.24~ds1", 30_000],
    ["v2.0.0-rc.1", 300_000],
    ["", 30_000],
  ] as const) {
    it(`lists every ${intervalMs / 1000} s on a server that calls itself ${JSON.stringify(version)}`, async () => {
      const server = new FakeServer();
      server.serverVersion = version;
      const { clock, seen } = await synced(server);
      await clock.advance(intervalMs - 1);
      assert.deepEqual(seen(), []);
      await clock.advance(1);
      assert.deepEqual(seen(), ["synced"]);
    });
  }

  it("lists as often as it is asked to", async () => {
    const { clock, seen } = await synced(new FakeServer(), { resyncIntervalMs: 1_000 });
    await clock.advance(3_000);
    assert.deepEqual(seen(), ["synced", "synced", "synced"]);
  });

  it("connects again when the stream ends, and lists what it missed", async () => {
    const server = new FakeServer();
    server.put(record("a"));
    server.put(record("b"));
    const { clock, seen } = await synced(server);
    server.disconnect();
    server.remove("a");
    server.put(record("c"));
    await clock.advance(25 + SUBSCRIBING_MS);
    assert.deepEqual(server.calls, ["version", "subscribe", "list"]);
    assert.deepEqual(seen(), ["created c", "deleted a", "synced"]);
    assert.equal(server.streams, 1);
  });

  it("connects again while the consumer is busy, and then tells of what it missed", async () => {
    const server = new FakeServer();
    const { clock, take, seen, watch } = watching(server);
    const first = take();
    await clock.advance(SUBSCRIBING_MS);
    await first;
    for (let round = 0; round < 3; round += 1) {
      server.disconnect();
      server.put(record("a", round));
      await clock.advance(25 + SUBSCRIBING_MS);
      assert.equal(server.streams, 1);
    }
    await take();
    await take();
    assert.deepEqual(seen(), ["synced", "created a", "synced"]);
    assert.deepEqual(
      server.calls.filter((call) => call === "list"),
      ["list", "list"],
    );
    await watch.return();
  });

  it("throws what keeps it from connecting to begin with", async () => {
    const server = new FakeServer();
    server.version = () => Promise.reject(failure("unavailable"));
    const { drain, clock } = watching(server);
    await assert.rejects(drain(), { code: "unavailable" });
    assert.deepEqual([server.calls, clock.pending], [[], 0]);
  });

  it("goes on when it cannot connect again for long", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.version = () => Promise.reject(failure("deadline_exceeded"));
    const { list } = server;
    server.list = () => Promise.reject(failure("deadline_exceeded"));
    server.disconnect();
    await clock.advance(60_000);
    assert.deepEqual(seen(), []);
    server.version = FakeServer.prototype.version;
    server.list = list;
    server.put(record("a"));
    await clock.advance(1_000 + SUBSCRIBING_MS);
    assert.deepEqual(seen().slice(0, 2), ["created a", "synced"]);
    assert.equal(server.streams, 1);
  });

  it("tells of a change once that came between subscribing and listing", async () => {
    const server = new FakeServer();
    const { clock, drain, seen } = watching(server);
    void drain();
    await clock.advance(SUBSCRIBING_MS - 1);
    server.put(record("a"));
    await clock.advance(1);
    assert.deepEqual(seen(), ["created a", "synced"]);
  });

  it("backs off while lists fail, up to a second, and begins anew once one has succeeded", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    const listTimes: number[] = [];
    server.list = async () => {
      listTimes.push(clock.now());
      throw failure("unavailable");
    };
    server.disconnect();
    await clock.advance(6_000);
    const waits = listTimes.slice(1).map((time, i) => time - (listTimes[i] ?? 0));
    assert.deepEqual(waits.slice(0, 8), [25, 50, 100, 200, 400, 800, 1_000, 1_000]);
    server.list = FakeServer.prototype.list;
    await clock.advance(1_000);
    assert.deepEqual(seen(), ["synced"]);
    server.listErrors.push(failure("unavailable"));
    server.disconnect();
    await clock.advance(25 + SUBSCRIBING_MS + 25);
    assert.deepEqual(seen(), ["synced"]);
  });

  for (const code of ["unavailable", "deadline_exceeded", "aborted", "unknown"] as const) {
    it(`goes on after a later list that failed as ${code}`, async () => {
      const server = new FakeServer();
      const { clock, seen } = await synced(server, { resyncIntervalMs: 1_000 });
      server.listErrors.push(failure(code));
      await clock.advance(1_100);
      assert.deepEqual(seen(), ["synced"]);
    });
  }

  for (const code of ["unimplemented", "permission_denied", "invalid_argument", "internal"] as const) {
    it(`throws after a later list that failed as ${code}`, async () => {
      const server = new FakeServer();
      const { clock, drained } = await synced(server, { resyncIntervalMs: 1_000 });
      server.listErrors.push(failure(code));
      await clock.advance(1_100);
      await assert.rejects(drained, { code });
      assert.deepEqual([server.streams, clock.pending], [0, 0]);
    });
  }

  it("throws whatever fails the first list", async () => {
    const server = new FakeServer();
    server.listErrors.push(failure("unavailable"));
    const { clock, drain } = watching(server);
    const drained = assert.rejects(drain(), { code: "unavailable" });
    await clock.advance(SUBSCRIBING_MS);
    await drained;
    assert.deepEqual([server.streams, clock.pending], [0, 0]);
  });

  it("watches a server that does not tell its version", async () => {
    const server = new FakeServer();
    server.version = () => Promise.reject(failure("unimplemented"));
    const { clock, seen } = await synced(server);
    await clock.advance(30_000);
    assert.deepEqual(seen(), ["synced"]);
  });

  for (const code of ["unimplemented", "permission_denied", "unauthenticated"] as const) {
    it(`polls where a subscription is ${code}`, async () => {
      const server = new FakeServer();
      server.subscribeError = failure(code);
      const { clock, seen } = await synced(server);
      server.put(record("a"));
      await clock.advance(1_999 - SUBSCRIBING_MS);
      assert.deepEqual(seen(), []);
      await clock.advance(1);
      assert.deepEqual(seen(), ["created a", "synced"]);
      server.remove("a");
      await clock.advance(2_000);
      assert.deepEqual(seen(), ["deleted a", "synced"]);
      assert.deepEqual(server.calls, ["list", "list"]);
    });
  }

  it("lists, ever more slowly, where no subscription lasts", async () => {
    const server = new FakeServer();
    server.subscribeError = failure("unavailable");
    const { clock, seen } = await synced(server);
    server.put(record("a"));
    await clock.advance(25 + SUBSCRIBING_MS);
    assert.deepEqual(seen(), ["created a", "synced"]);
    await clock.advance(10_000);
    assert.ok(seen().length <= 14);
  });

  it("polls as often as it is asked to", async () => {
    const server = new FakeServer();
    server.subscribeError = failure("unimplemented");
    const { clock, seen } = await synced(server, { pollIntervalMs: 100 });
    await clock.advance(300);
    assert.deepEqual(seen(), ["synced", "synced", "synced"]);
  });

  it("starts to poll when a subscription is refused late", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.disconnect(failure("unimplemented"));
    await clock.advance(0);
    assert.deepEqual(seen(), ["synced"]);
    await clock.advance(4_000);
    assert.deepEqual(seen(), ["synced", "synced"]);
  });
});
