import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../src/errors.js";
import type { Clock } from "../../../src/util/clock.js";
import { FakeServer, failure, lost, record } from "./fake-server.js";
import { watching } from "./harness.js";

const SUBSCRIBING_MS = 50;
/** A stream that ends sooner has not worked. */
const ENDED_EARLY_MS = 10_000;
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

describe("reconcile", () => {
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
    server.restart();
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
      server.restart();
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
    server.restart();
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
    server.restart();
    await clock.advance(6_000);
    const waits = listTimes.slice(1).map((time, i) => time - (listTimes[i] ?? 0));
    assert.deepEqual(waits.slice(0, 8), [25, 50, 100, 200, 400, 800, 1_000, 1_000]);
    server.list = FakeServer.prototype.list;
    await clock.advance(1_000);
    assert.deepEqual(seen(), ["synced"]);
    server.listErrors.push(failure("unavailable"));
    server.restart();
    await clock.advance(25 + SUBSCRIBING_MS + 25);
    assert.deepEqual(seen(), ["synced"]);
  });

  const outlives: Readonly<Record<ErrorCode, boolean>> = {
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
  for (const [code, isOutlived] of errorCodes(outlives)) {
    it(`${isOutlived ? "goes on" : "throws"} after a later list that failed as ${code}`, async () => {
      const server = new FakeServer();
      const { clock, drained, seen, watch } = await synced(server, { resyncIntervalMs: 1_000 });
      server.listErrors.push(failure(code));
      await clock.advance(1_100);
      if (isOutlived) assert.deepEqual(seen(), ["synced"]);
      else await assert.rejects(drained, { code });
      await watch.return();
      assert.deepEqual([server.streams, clock.pending], [0, 0]);
    });
  }

  it("lists ever more rarely where a list fails again and again by itself, at least every 30 s", async () => {
    const server = new FakeServer();
    const { clock, watch } = await synced(server, { resyncIntervalMs: 1_000 });
    const listTimes: number[] = [];
    server.list = async () => {
      listTimes.push(clock.now());
      throw failure("internal");
    };
    await clock.advance(10 * MINUTE_MS);
    const waits = listTimes.slice(1).map((time, i) => time - (listTimes[i] ?? 0));
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

  it("tries a refused subscription again, ever more rarely, and polls meanwhile", async () => {
    const server = new FakeServer();
    server.subscribeError = failure("permission_denied");
    const { clock, events } = await synced(server);
    const times = subscribeTimes(server, clock);
    await clock.advance(20 * MINUTE_MS);
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    assert.deepEqual(waits.slice(0, 6), [20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    assert.ok(events.length >= (20 * MINUTE_MS) / 2_000, `${events.length} lists`);
  });

  it("goes back to events once a subscription is no longer refused", async () => {
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

  it("polls, and subscribes ever more rarely, where the server ends every stream at once", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    const times = subscribeTimes(server, clock, () => server.disconnect(lost("answered")));
    server.disconnect(lost("answered"));
    await clock.advance(4_000);
    assert.ok(seen().length <= 10);
    await clock.advance(5 * MINUTE_MS);
    const perMinute = times.filter((time) => time > clock.now() - MINUTE_MS).length;
    assert.ok(perMinute <= 3, `${perMinute} subscriptions in a minute`);
    assert.ok(seen().length <= (5 * MINUTE_MS) / 2_000 + 20);
  });

  for (const evidence of ["answered", "no-answer"] as const) {
    it(`subscribes at once again after a stream that has lived, and ended as ${evidence}`, async () => {
      const server = new FakeServer();
      const { clock } = await synced(server);
      for (let round = 0; round < 4; round += 1) {
        await clock.advance(ENDED_EARLY_MS - SUBSCRIBING_MS);
        server.disconnect(lost(evidence));
        await clock.advance(25 + SUBSCRIBING_MS);
        assert.equal(server.streams, 1);
      }
    });
  }

  it("waits longer each time after connections that are lost early, up to a second", async () => {
    const server = new FakeServer();
    const { clock } = await synced(server);
    const times = subscribeTimes(server, clock, () => server.disconnect(lost()));
    server.disconnect(lost());
    await clock.advance(10_000);
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0) - STREAM_MS);
    assert.deepEqual(waits.slice(0, 7), [50, 100, 200, 400, 800, 1_000, 1_000]);
  });

  it("lists when it is told of an event that was too large to be kept", async () => {
    const server = new FakeServer();
    const { clock, seen } = await synced(server);
    server.put(record("a"), false);
    server.tellOfEverything();
    await clock.advance(0);
    assert.deepEqual(seen(), ["created a", "synced"]);
  });

  it("waits for the request to be on its way before it counts the time that subscribing takes", async () => {
    const server = new FakeServer();
    const events = await server.events();
    const { clock, drain } = watching(server);
    server.events = async () => (listener, signal) => {
      const opened = () => void clock.after(200, () => listener.opened());
      return events({ ...listener, opened, changed: listener.changed, everything: listener.everything }, signal);
    };
    void drain();
    await clock.advance(200 + SUBSCRIBING_MS - 1);
    assert.deepEqual(server.calls, ["version", "subscribe"]);
    await clock.advance(1);
    assert.deepEqual(server.calls, ["version", "subscribe", "list"]);
  });
});

/** How long the streams live of a server that ends them: long enough to list what came before. */
const STREAM_MS = SUBSCRIBING_MS + 10;

/** When the server is subscribed to from now on, and what it does to each stream after {@link STREAM_MS}. */
function subscribeTimes(server: FakeServer, clock: Clock, end = () => {}): number[] {
  const times: number[] = [];
  const events = server.events.bind(server);
  server.events = async () => {
    const subscribe = await events();
    return (listener, signal) => {
      times.push(clock.now());
      clock.after(STREAM_MS, end);
      return subscribe(listener, signal);
    };
  };
  return times;
}

function errorCodes(table: Readonly<Record<ErrorCode, boolean>>): [ErrorCode, boolean][] {
  return Object.entries(table) as [ErrorCode, boolean][]; // the table's keys are what its type says
}
