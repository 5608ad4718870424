import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { ErrorCode, ImagesError } from "../../../src/errors.js";
import type { Clock } from "../../../src/util/clock.js";
import { sleep } from "../../../src/util/sleep.js";
import {
  busy,
  FakeServer,
  failure,
  failVersionAfterSubscribe,
  lost,
  record,
  unconnected,
  withoutRoom,
} from "./fake-server.js";
import { watching } from "./harness.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");
const SUBSCRIBE_SETTLE_MS = 50;
/** A stream that ends sooner counts as a failure. */
const MIN_STREAM_LIFETIME_MS = 10_000;
const MINUTE_MS = 60_000;

/** A watch that has reported the first list. */
async function synced(server: FakeServer, options: Parameters<typeof watching>[1] = {}) {
  const harness = watching(server, options);
  const drained = harness.drain();
  drained.catch(() => {});
  await harness.clock.advance(SUBSCRIBE_SETTLE_MS);
  assert.equal(harness.seen().at(-1), "synced");
  server.calls.length = 0;
  return { ...harness, drained };
}

/** Puts an equal record in the place of another, and returns it. */
function replaced(server: FakeServer, name: string): object {
  const image = record(name);
  server.records.set(name, image);
  return image;
}

/** Lets every list fail from now on; the result has the times of the lists. */
function failLists(server: FakeServer, clock: Clock, error: ImagesError): readonly number[] {
  const times: number[] = [];
  server.list = async () => {
    times.push(clock.now());
    throw error;
  };
  return times;
}

function waitsBetween(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

describe("reconcile", () => {
  it("sends nothing before the first next", async () => {
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
    await clock.advance(SUBSCRIBE_SETTLE_MS - 1);
    assert.deepEqual(server.calls, ["version", "subscribe", "version"]);
    await clock.advance(1);
    assert.deepEqual(server.calls, ["version", "subscribe", "version", "list"]);
    assert.deepEqual(seen(), ["created a", "created b", "synced"]);
  });

  it("waits for a server that is frozen after the request to subscribe, which it may not have read yet", async () => {
    const server = new FakeServer();
    const answer = server.holdVersionAfterSubscribe();
    const { clock, drain } = watching(server);
    void drain();
    await clock.advance(10 * SUBSCRIBE_SETTLE_MS);
    answer();
    await clock.advance(SUBSCRIBE_SETTLE_MS - 1);
    assert.deepEqual(server.calls, ["version", "subscribe", "version"]);
    await clock.advance(1);
    assert.deepEqual(server.calls, ["version", "subscribe", "version", "list"]);
  });

  it("lists also if the server does not respond that it has read the request to subscribe", async () => {
    const server = new FakeServer();
    failVersionAfterSubscribe(server, failure("unavailable"));
    const { clock } = await synced(server);
    await clock.advance(MINUTE_MS);
    assert.deepEqual([server.streams, server.calls], [1, []]);
  });

  it("gives timers and connections a turn while it compares a long list", async () => {
    const server = new FakeServer();
    for (let index = 0; index < 20_000; index++) server.put(record(`app:${index}`));
    const { clock, drain, seen } = watching(server, { resyncIntervalMs: MINUTE_MS });
    drain().catch(() => {});
    await clock.advance(SUBSCRIBE_SETTLE_MS);
    while (seen().at(-1) !== "synced") await setImmediate();
    server.records.delete("app:0");
    await clock.advance(MINUTE_MS);
    let turns = 0;
    for (; seen().at(-1) !== "synced"; turns++) await setImmediate();
    assert.ok(turns >= 35, `only ${turns} turns for 20,000 records, each of which is compared and looked up`);
  });

  it("does not keep a later list in memory whose records have not changed", async () => {
    const server = new FakeServer();
    server.put(record("app:1"));
    const { clock, seen } = await synced(server, { resyncIntervalMs: MINUTE_MS });
    const later = new WeakRef(replaced(server, "app:1"));
    await clock.advance(MINUTE_MS);
    assert.deepEqual(seen(), ["synced"]);
    server.records.clear();
    await setImmediate(); // until then a WeakRef keeps its target
    collectGarbage();
    assert.equal(later.deref(), undefined);
  });

  it("reads the record that an event names", async () => {
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

  it("yields nothing when nothing changed", async () => {
    const server = new FakeServer();
    server.put(record("a"));
    const { clock, seen } = await synced(server);
    server.sendEvent("a");
    server.sendEvent("never-there");
    await clock.advance(0);
    assert.deepEqual(seen(), []);
    assert.deepEqual(server.calls, ["find a", "find never-there"]);
  });

  it("lets a slow consumer skip the states in between, and reads each name once", async () => {
    const server = new FakeServer();
    const { clock, take, seen, watch } = watching(server);
    const first = take();
    await clock.advance(SUBSCRIBE_SETTLE_MS);
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

  it("lists again when more names changed than the queue keeps", async () => {
    const server = new FakeServer();
    const { clock, take, watch } = watching(server);
    const first = take();
    await clock.advance(SUBSCRIBE_SETTLE_MS);
    await first;
    server.calls.length = 0;
    for (let i = 0; i < 5_000; i += 1) server.put(record(`app:${i}`));
    for (let i = 0; i < 5_000; i += 1) assert.equal((await take())?.type, "created");
    assert.equal((await take())?.type, "synced");
    assert.deepEqual(server.calls, ["list"]);
    await watch.return();
  });

  it("finds the change of a lost event with the next full list, after five minutes", async () => {
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

  it("lists every resyncIntervalMs", async () => {
    const { clock, seen } = await synced(new FakeServer(), { resyncIntervalMs: 1_000 });
    await clock.advance(3_000);
    assert.deepEqual(seen(), ["synced", "synced", "synced"]);
  });

  it("connects again when the stream ends, and lists to find what it missed", async () => {
    const server = new FakeServer();
    server.put(record("a"));
    server.put(record("b"));
    const { clock, seen } = await synced(server);
    server.restart();
    server.remove("a");
    server.put(record("c"));
    await clock.advance(25 + SUBSCRIBE_SETTLE_MS);
    assert.deepEqual(server.calls, ["version", "subscribe", "version", "list"]);
    assert.deepEqual(seen(), ["created c", "deleted a", "synced"]);
    assert.equal(server.streams, 1);
  });

  it("connects again while the consumer is busy, and then reports what it missed", async () => {
    const server = new FakeServer();
    const { clock, take, seen, watch } = watching(server);
    const first = take();
    await clock.advance(SUBSCRIBE_SETTLE_MS);
    await first;
    for (let round = 0; round < 3; round += 1) {
      server.restart();
      server.put(record("a", round));
      await clock.advance(25 + SUBSCRIBE_SETTLE_MS);
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

  it("throws the error of a first connection that fails", async () => {
    const server = new FakeServer();
    server.version = () => Promise.reject(failure("unavailable"));
    const { drain, clock } = watching(server);
    await assert.rejects(drain(), { code: "unavailable" });
    assert.deepEqual([server.calls, clock.pending], [[], 0]);
  });

  it("continues after it could not connect again for long", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.version = () => Promise.reject(failure("deadline_exceeded"));
    const { list } = server;
    server.list = () => Promise.reject(failure("deadline_exceeded"));
    server.restart();
    await clock.advance(60_000);
    assert.deepEqual(seen(), []);
    server.version = FakeServer.prototype.version;
    server.list = list;
    server.put(record("a"));
    await clock.advance(1_000 + SUBSCRIBE_SETTLE_MS);
    assert.deepEqual(seen().slice(0, 2), ["created a", "synced"]);
    assert.equal(server.streams, 1);
    server.version = async () => {
      server.version = FakeServer.prototype.version;
      throw failure("unavailable");
    };
    server.restart();
    await clock.advance(25 + 25); // the back-offs have begun again
    assert.equal(server.streams, 1);
  });

  /** Makes everything fail as it does behind a proxy while the daemon is away; returns what makes it work again. */
  function takeAway(server: FakeServer): () => void {
    server.version = async () => {
      server.calls.push("version");
      throw failure("unavailable");
    };
    server.list = async () => {
      server.calls.push("list");
      throw failure("unavailable");
    };
    server.disconnect(lost("answered"));
    return () => {
      server.version = FakeServer.prototype.version;
      server.list = FakeServer.prototype.list;
    };
  }

  it("is back within a second of a daemon behind a proxy, however often and soon it restarts", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    for (let round = 0; round < 20; round += 1) {
      const giveBack = takeAway(server);
      await clock.advance(3_000 + round * 50);
      seen();
      giveBack();
      server.put(record("a", round + 1));
      await clock.advance(1_000);
      assert.equal(server.streams, 1, `round ${round}`);
      const told = seen();
      assert.ok(told.includes(round === 0 ? "created a" : "updated a") && told.at(-1) === "synced", `round ${round}`);
    }
  });

  it("lists as soon as it has subscribed, although it waits after a list that failed", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    const giveBack = takeAway(server);
    await clock.advance(10_000);
    server.version = FakeServer.prototype.version;
    while (server.streams === 0) await clock.advance(1);
    await clock.advance(SUBSCRIBE_SETTLE_MS - 1);
    giveBack();
    assert.deepEqual(seen(), []);
    await clock.advance(1);
    assert.deepEqual(seen(), ["synced"]);
  });

  it("waits as long as the server asks, but 30 s at most", async () => {
    for (const [askedMs, waitMs] of [
      [5_000, 5_000],
      [3_600_000, 30_000],
    ] as const) {
      const server = new FakeServer();
      const { clock, seen, watch } = await synced(server);
      const times: number[] = [];
      const giveBack = takeAway(server);
      server.version = async () => {
        times.push(clock.now());
        throw busy(askedMs);
      };
      server.list = () => Promise.reject(busy(askedMs));
      await clock.advance(100_000);
      const waits = waitsBetween(times);
      assert.deepEqual([...new Set(waits)], [waitMs]);
      giveBack();
      await clock.advance(waitMs + SUBSCRIBE_SETTLE_MS);
      assert.equal(seen().at(-1), "synced");
      await watch.return();
    }
  });

  it("waits as long as the server asks after a list that failed, although there are events", async () => {
    const server = new FakeServer();
    const { clock, watch } = await synced(server, { resyncIntervalMs: 1_000 });
    const listTimes = failLists(server, clock, busy(5_000));
    await clock.advance(60_000);
    const waits = waitsBetween(listTimes);
    assert.deepEqual(waits, Array(11).fill(5_000));
    await watch.return();
  });

  it("sends a daemon that is away four requests a second", async () => {
    const server = new FakeServer();
    const { clock, watch } = await synced(server, { random: () => 0.5 });
    takeAway(server);
    await clock.advance(5_000);
    server.calls.length = 0;
    await clock.advance(MINUTE_MS);
    assert.ok(server.calls.length <= 4 * 60, `${server.calls.length} requests`);
    await watch.return();
    assert.equal(clock.pending, 0);
  });

  it("reports a change between subscribing and listing once", async () => {
    const server = new FakeServer();
    const { clock, drain, seen } = watching(server);
    void drain();
    await clock.advance(SUBSCRIBE_SETTLE_MS - 1);
    server.put(record("a"));
    await clock.advance(1);
    assert.deepEqual(seen(), ["created a", "synced"]);
  });

  it("backs off while lists fail, up to 800 ms, and resets its back-off when a list succeeds", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    const listTimes = failLists(server, clock, failure("unavailable"));
    server.restart();
    await clock.advance(6_000);
    const waits = waitsBetween(listTimes);
    assert.deepEqual(waits.slice(0, 8), [25, 50, 100, 200, 400, 800, 800, 800]);
    server.list = FakeServer.prototype.list;
    await clock.advance(1_000);
    assert.deepEqual(seen(), ["synced"]);
    server.listErrors.push(failure("unavailable"));
    server.restart();
    await clock.advance(25 + SUBSCRIBE_SETTLE_MS + 25);
    assert.deepEqual(seen(), ["synced"]);
  });

  const retried: Readonly<Record<ErrorCode, boolean>> = {
    aborted: true,
    already_exists: true,
    canceled: false,
    data_loss: true,
    deadline_exceeded: true,
    failed_precondition: true,
    internal: true,
    invalid_argument: false,
    not_found: true,
    out_of_range: true,
    permission_denied: false,
    resource_exhausted: true,
    unauthenticated: false,
    unavailable: true,
    unimplemented: false,
    unknown: true,
  };
  for (const [code, isRetried] of errorCodes(retried)) {
    it(`${isRetried ? "continues" : "throws"} after a later list that failed as ${code}`, async () => {
      const server = new FakeServer();
      const { clock, drained, seen, watch } = await synced(server, { resyncIntervalMs: 1_000 });
      server.listErrors.push(failure(code));
      await clock.advance(1_100);
      if (isRetried) assert.deepEqual(seen(), ["synced"]);
      else await assert.rejects(drained, { code });
      await watch.return();
      assert.deepEqual([server.streams, clock.pending], [0, 0]);
    });
  }

  it("lists less and less often while every list fails as internal, but at least every 30 s", async () => {
    const server = new FakeServer();
    const { clock, watch } = await synced(server, { resyncIntervalMs: 1_000 });
    const listTimes = failLists(server, clock, failure("internal"));
    await clock.advance(10 * MINUTE_MS);
    const waits = waitsBetween(listTimes);
    assert.deepEqual(waits.slice(0, 3), [25, 50, 100]);
    assert.deepEqual(waits.slice(-2), [30_000, 30_000]);
    server.list = FakeServer.prototype.list;
    await watch.return();
  });

  it("throws whatever fails the first list", async () => {
    const server = new FakeServer();
    server.listErrors.push(failure("unavailable"));
    const { clock, drain } = watching(server);
    const drained = assert.rejects(drain(), { code: "unavailable" });
    await clock.advance(SUBSCRIBE_SETTLE_MS);
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
    it(`polls when a subscription is ${code}`, async () => {
      const server = new FakeServer();
      server.subscribeError = failure(code);
      const { clock, seen } = await synced(server);
      server.put(record("a"));
      await clock.advance(1_999 - SUBSCRIBE_SETTLE_MS);
      assert.deepEqual(seen(), []);
      await clock.advance(1);
      assert.deepEqual(seen(), ["created a", "synced"]);
      server.remove("a");
      await clock.advance(2_000);
      assert.deepEqual(seen(), ["deleted a", "synced"]);
      assert.deepEqual(server.calls, ["list", "list"]);
    });
  }

  it("lists less and less often while no subscription lasts", async () => {
    const server = new FakeServer();
    server.subscribeError = failure("unavailable");
    const { clock, seen } = await synced(server);
    server.put(record("a"));
    await clock.advance(25 + SUBSCRIBE_SETTLE_MS);
    assert.deepEqual(seen(), ["created a", "synced"]);
    await clock.advance(10_000);
    assert.ok(seen().length <= 14);
  });

  it("polls every pollIntervalMs", async () => {
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

  it("retries a refused subscription less and less often, and polls meanwhile", async () => {
    const server = new FakeServer();
    server.subscribeError = failure("permission_denied");
    const { clock, events } = await synced(server);
    const times = subscribeTimes(server, clock);
    await clock.advance(20 * MINUTE_MS);
    const waits = waitsBetween(times);
    assert.deepEqual(waits.slice(0, 6), [20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    assert.ok(events.length >= (20 * MINUTE_MS) / 2_000, `${events.length} lists`);
  });

  it("does not take a connection that could not be made for a refusal, whatever its code", async () => {
    for (const code of ["permission_denied", "unauthenticated", "resource_exhausted"] as const) {
      const server = new FakeServer();
      const { clock } = await synced(server);
      server.subscribeError = unconnected(code);
      const times = subscribeTimes(server, clock);
      server.disconnect(lost());
      await clock.advance(10_000);
      const waits = waitsBetween(times);
      assert.ok(waits.length > 10 && Math.max(...waits) <= 800, `${code}: ${waits} ms`);
    }
  });

  it("takes connections that have no room for a refusal, although nothing was sent", async () => {
    const server = new FakeServer();
    server.subscribeError = withoutRoom();
    const { clock } = await synced(server);
    const times = subscribeTimes(server, clock);
    await clock.advance(3 * MINUTE_MS);
    assert.deepEqual(waitsBetween(times).slice(0, 2), [20_000, 40_000]);
  });

  it("retries less and less often also after a subscription that was refused late", async () => {
    const server = new FakeServer();
    server.subscribeError = failure("permission_denied");
    const { clock } = await synced(server);
    server.subscribeError = undefined;
    await clock.advance(10_000);
    server.subscribeError = failure("permission_denied");
    const times = subscribeTimes(server, clock);
    const endedAtMs = clock.now();
    server.disconnect(server.subscribeError);
    await clock.advance(MINUTE_MS);
    assert.deepEqual(
      times.map((time) => time - endedAtMs),
      [20_000, 60_000],
    );
  });

  it("uses events again when a subscription is no longer refused", async () => {
    const server = new FakeServer();
    server.subscribeError = failure("permission_denied");
    const { clock, seen } = await synced(server);
    server.subscribeError = undefined;
    await clock.advance(10_000);
    assert.equal(server.streams, 1);
    await clock.advance(2_000);
    seen();
    server.put(record("a"));
    await clock.advance(MINUTE_MS);
    assert.deepEqual(seen(), ["created a"]);
  });

  it("polls, and subscribes less and less often, while the server ends every stream at once", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.restart(); // the new daemon is one, whatever comes later
    await clock.advance(MIN_STREAM_LIFETIME_MS + 25 + SUBSCRIBE_SETTLE_MS);
    seen();
    const times = subscribeTimes(server, clock, () => server.disconnect(lost("answered")));
    server.disconnect(lost("answered"));
    await clock.advance(4_000);
    assert.ok(seen().length <= 10);
    await clock.advance(5 * MINUTE_MS);
    const perMinute = times.filter((time) => time > clock.now() - MINUTE_MS).length;
    assert.ok(perMinute <= 3, `${perMinute} subscriptions in a minute`);
    const { length } = seen();
    assert.ok(length >= (5 * MINUTE_MS) / 2_000 && length <= (5 * MINUTE_MS) / 2_000 + 20, `${length} lists`);
  });

  for (const evidence of ["answered", "no-answer"] as const) {
    it(`subscribes again at once after a stream that has lasted and ended as ${evidence}`, async () => {
      const server = new FakeServer();
      const { clock } = await synced(server);
      for (let round = 0; round < 4; round += 1) {
        await clock.advance(MIN_STREAM_LIFETIME_MS - SUBSCRIBE_SETTLE_MS);
        server.disconnect(lost(evidence));
        await clock.advance(25 + SUBSCRIBE_SETTLE_MS);
        assert.equal(server.streams, 1);
      }
    });
  }

  it("lists after a second loss in a row, because the next subscription may not come soon", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.disconnect(lost());
    await clock.advance(25);
    assert.deepEqual([server.streams, seen()], [1, []]);
    server.disconnect(lost());
    await clock.advance(0);
    assert.deepEqual(seen(), ["synced"]);
  });

  it("waits longer each time after connections that are lost early, up to 800 ms", async () => {
    const server = new FakeServer();
    const { clock } = await synced(server);
    const times = subscribeTimes(server, clock, () => server.disconnect(lost()));
    server.disconnect(lost());
    await clock.advance(10_000);
    const waits = waitsBetween(times).map((ms) => ms - STREAM_MS);
    assert.deepEqual(waits.slice(0, 7), [50, 100, 200, 400, 800, 800, 800]);
  });

  it("lists after an event that is too large to be read", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.put(record("a"), false);
    server.sendTooLargeEvent();
    await clock.advance(0);
    assert.deepEqual(seen(), ["created a", "synced"]);
  });

  it("counts the time that subscribing takes from when the request is sent", async () => {
    const server = new FakeServer();
    const subscribe = await server.subscriber();
    const { clock, drain } = watching(server);
    server.subscriber = async () => async (queue, signal) => {
      const subscription = await subscribe(queue, signal);
      await sleep(clock, 200, signal);
      return subscription;
    };
    void drain();
    await clock.advance(200 + SUBSCRIBE_SETTLE_MS - 1);
    assert.deepEqual(server.calls, ["version", "subscribe", "version"]);
    await clock.advance(1);
    assert.deepEqual(server.calls, ["version", "subscribe", "version", "list"]);
  });
});

/** How long each stream of a server lasts that ends them: long enough to list what happened before. */
const STREAM_MS = SUBSCRIBE_SETTLE_MS + 10;

/** The times of all subscriptions from now on; `end` runs {@link STREAM_MS} after each. */
function subscribeTimes(server: FakeServer, clock: Clock, end = () => {}): number[] {
  const times: number[] = [];
  const subscriber = server.subscriber.bind(server);
  server.subscriber = async () => {
    const subscribe = await subscriber();
    return (queue, signal) => {
      times.push(clock.now());
      clock.after(STREAM_MS, end);
      return subscribe(queue, signal);
    };
  };
  return times;
}

function errorCodes(table: Readonly<Record<ErrorCode, boolean>>): [ErrorCode, boolean][] {
  return Object.entries(table) as [ErrorCode, boolean][]; // the table's keys are what its type says
}

describe("a subscription that is lost before it counts", () => {
  it("is followed by the next one, and only then by the list", async () => {
    const server = new FakeServer();
    const { clock, watch, drain } = watching(server);
    const draining = drain();
    await clock.advance(10);
    server.disconnect(lost());
    await clock.advance(200);
    const subscribing = ["version", "subscribe", "version"];
    assert.deepEqual(server.calls, [...subscribing, ...subscribing, "list"]);
    await watch.return();
    await draining;
  });
});
