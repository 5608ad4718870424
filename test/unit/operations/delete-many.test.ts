import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Transport } from "@connectrpc/connect";
import { LONG_TIMEOUT_MS } from "../../../src/defaults.js";
import { all, type DeleteManyResult, field, ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { descriptor, digest, namesOf } from "../../contract/records.js";
import { ManualClock } from "../../support/manual-clock.js";
import { clockedClient } from "./clocked-client.js";
import { hooked } from "./hooked-transport.js";

const temporary = field.label("env").equals("temp");
const versions = ["1.6", "1.7", "2.1"] as const;

/** A clock that advances by a millisecond with each reading, because dates have milliseconds. */
function tickingClock(): () => bigint {
  let nowNs = 1_000_000_000n;
  return () => {
    nowNs += 1_000_000n;
    return nowNs;
  };
}

function filled(version: (typeof versions)[number], names: readonly string[]) {
  const service = new InMemoryImages({ version, clock: tickingClock() });
  const target = descriptor("a");
  service.seed(names.map((name) => ({ name, target, labels: { env: "temp" } })));
  const client = (transport: Transport) => new ImagesClient({ namespace: "default", transport });
  return { service, other: client(service.transport), client };
}

function lines({ results }: DeleteManyResult): string[] {
  return results.map(({ name, status }) => `${name} ${status}`);
}

function isSync(message: object): boolean {
  return "sync" in message && message.sync === true;
}

describe("deleteMany", () => {
  it("starts no other delete after onRetry has thrown, and rejects when those in flight have ended", async () => {
    const names = ["1", "2", "3", "4", "5", "6"];
    const { service } = filled("2.1", names);
    service.failNext("delete", "unavailable");
    service.failNext("delete", { delayMs: 20 });
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    const onRetry = () => {
      throw new Error("stop");
    };
    await assert.rejects(images.deleteMany(names, { concurrency: 2, retry: { onRetry } }), new Error("stop"));
    assert.deepEqual(namesOf(service.snapshot()), ["1", "3", "4", "5", "6"]);
    assert.equal(service.calls.filter(({ method }) => method === "delete").length, 2);
  });

  it("starts no other delete when its client is closed, and lets those in flight finish", async () => {
    const { service, client } = filled("2.1", ["a", "b", "c"]);
    let closing: Promise<void> | undefined;
    const images: ImagesClient = client(
      hooked(service.transport, () => {
        closing ??= images.close();
      }),
    );
    const result = await images.deleteMany(["a", "b", "c"], { concurrency: 1 });
    await closing;
    assert.deepEqual(lines(result), ["a deleted", "b failed", "c failed"]);
    const errors = result.results.flatMap(({ error }) => (error === undefined ? [] : [error]));
    assert.deepEqual(new Set(errors.map(({ code, outcome }) => `${code} ${outcome}`)), new Set([CLOSED]));
    assert.deepEqual(namesOf(service.snapshot()), ["b", "c"]);
  });
});

const CLOSED = "failed_precondition not-applied";

for (const version of versions) {
  describe(`deleteMany on ${version}`, () => {
    it("keeps a record that was created again, also if the date that was given is set while it runs", async () => {
      const { service, client } = filled(version, ["a"]);
      await using images = client(service.transport);
      const read = await images.get("a");
      await images.delete("a");
      const again = await images.create({ name: "a", target: read.target });
      const given = { name: "a", target: read.target, createdAt: new Date(read.createdAt), updatedAt: again.updatedAt };
      const deleting = images.deleteMany([given]);
      given.createdAt.setTime(again.createdAt.getTime());
      assert.deepEqual(lines(await deleting), ["a changed"]);
    });

    it("what is changed between the list and its delete is kept and reported", async () => {
      const { service, other, client } = filled(version, ["again", "gone", "kept", "moved"]);
      let changes: Promise<unknown> | undefined;
      const change = async () => {
        await other.delete("again");
        await other.create({ name: "again", target: descriptor("a"), labels: { env: "temp" } });
        await other.delete("gone");
        await other.update("kept", { labels: { env: "prod" } });
        await other.update("moved", { target: descriptor("b") });
      };
      const images = client(
        hooked(service.transport, async (method) => {
          if (method === "List") return;
          changes ??= change();
          await changes;
        }),
      );
      const result = await images.deleteMany(temporary);
      assert.deepEqual(lines(result), ["again changed", "gone missing", "kept changed", "moved changed"]);
      const moved = result.results.at(-1)?.error;
      assert.equal(moved?.code, "failed_precondition");
      assert.ok(moved?.message.includes(digest("b")), moved?.message);
      assert.deepEqual(namesOf(await other.list()), ["again", "kept", "moved"]);
    });

    it("by filter every delete carries the digest that was listed, where the server compares it", async () => {
      const { service, other } = filled(version, ["a", "b"]);
      await other.deleteMany(temporary, { sync: true });
      const deletes = service.calls.flatMap((call) => (call.method === "delete" ? [call.request] : []));
      const expected = version === "2.1" ? digest("a") : undefined;
      assert.deepEqual(
        deletes.map(({ name, target, sync }) => [name, target?.digest, sync]),
        [
          ["a", expected, false],
          ["b", expected, true],
        ],
      );
      assert.equal(service.calls.filter(({ method }) => method === "get").length, 2);
    });

    it("a record that was created again or pulled again with the same digest since is kept", async () => {
      const { service, other } = filled(version, ["again", "pulled", "same"]);
      const listed = await other.list();
      await other.replace({ name: "pulled", target: descriptor("a"), labels: { env: "temp" } }); // as a pull does
      await other.delete("again");
      await other.create({ name: "again", target: descriptor("a"), labels: { env: "temp" } });
      assert.deepEqual(lines(await other.deleteMany(listed, { dryRun: true })), [
        "again changed",
        "pulled changed",
        "same would-delete",
      ]);
      assert.deepEqual(lines(await other.deleteMany(listed)), ["again changed", "pulled changed", "same deleted"]);
      assert.deepEqual(namesOf(service.snapshot()), ["again", "pulled"]);
    });

    it("a failure is reported for its name, and the others go", async () => {
      const { service, other } = filled(version, ["a", "b", "c"]);
      service.failNext("delete", "permission_denied");
      const byName = await other.deleteMany(["b", "c"], { concurrency: 1 });
      assert.deepEqual(lines(byName), ["b failed", "c deleted"]);
      assert.deepEqual(
        [byName.results[0]?.error?.code, byName.results[0]?.error?.imageName],
        ["permission_denied", "b"],
      );
      service.failNext("delete", "permission_denied");
      assert.deepEqual(lines(await other.deleteMany(all, { everything: true, concurrency: 1 })), [
        "a failed",
        "b deleted",
      ]);
      assert.deepEqual(namesOf(await other.list()), ["a"]);
    });

    it("a list that fails rejects, and nothing is deleted", async () => {
      const { service, other } = filled(version, ["a"]);
      service.failNext("list", "permission_denied");
      await assert.rejects(other.deleteMany(temporary), { code: "permission_denied", method: "deleteMany" });
      assert.deepEqual(namesOf(await other.list()), ["a"]);
    });

    it("the delete that waits for the garbage collection goes alone and last", async () => {
      const names = ["a", "b", "c", "d", "e"];
      const { service, client } = filled(version, names);
      let [inFlight, most] = [0, 0];
      const atSync: number[] = [];
      const transport = service.transport;
      const images = client({
        stream: (...request) => transport.stream(...request),
        unary: async (...request) => {
          if (request[0].name !== "Delete") return transport.unary(...request);
          inFlight += 1;
          most = Math.max(most, inFlight);
          if (isSync(request[4])) atSync.push(inFlight);
          try {
            return await transport.unary(...request);
          } finally {
            inFlight -= 1;
          }
        },
      });
      const { gcWaited } = await images.deleteMany([...names, "gone"], { sync: true, concurrency: 3 });
      assert.equal(gcWaited, true);
      assert.deepEqual(atSync, [1]);
      assert.equal(most, 3);
      const deleted = service.calls.flatMap((call) => (call.method === "delete" ? [call.request.name] : []));
      assert.deepEqual([deleted.length, deleted.at(-1)], [6, "e"]);
    });

    it("no garbage collection was waited for where the last record goes before its turn", async () => {
      const { service, other, client } = filled(version, ["a", "b"]);
      const images = client(
        hooked(service.transport, async (method) => {
          if (method === "Delete") await other.delete("b", { ignoreMissing: true });
        }),
      );
      const result = await images.deleteMany(["a", "b"], { sync: true });
      assert.deepEqual(lines(result), ["a deleted", "b missing"]);
      assert.equal(result.gcWaited, false);
    });

    it("a garbage collection that outlasts the deadline is not waited for, though the record is gone", async () => {
      const service = new InMemoryImages({ version, collectionMs: 2_500 });
      service.seed([{ name: "a", target: descriptor("a"), labels: { env: "temp" } }]);
      const images = new ImagesClient({ namespace: "default", transport: service.transport });
      const { results, gcWaited } = await images.deleteMany(["a"], { sync: true, timeoutMs: 800 });
      assert.equal(gcWaited, false);
      const [result] = results;
      assert.deepEqual([result?.status, result?.error?.outcome], ["deleted", "applied"]);
      assert.equal(result?.error?.hint, "the record is gone");
    });

    it("an abort stops the rest", async () => {
      const { service, client, other } = filled(version, ["a", "b", "c", "d"]);
      const controller = new AbortController();
      let deletes = 0;
      const images = client(
        hooked(service.transport, (method) => {
          if (method === "Delete") deletes += 1;
          if (deletes === 2) controller.abort(new Error("enough"));
        }),
      );
      const options = { concurrency: 1, signal: controller.signal, sync: true };
      const result = await images.deleteMany(["a", "b", "c", "d"], options);
      assert.deepEqual(lines(result), ["a deleted", "b failed", "c skipped", "d skipped"]);
      assert.equal(result.results[1]?.error?.code, "canceled");
      assert.equal(result.gcWaited, false);
      assert.deepEqual(namesOf(await other.list()).slice(-2), ["c", "d"]);
    });

    it("a dry run sends no delete", async () => {
      const { service, other } = filled(version, ["a", "b"]);
      await other.deleteMany(temporary, { dryRun: true, sync: true });
      await other.deleteMany(["a", "x"], { dryRun: true, sync: true });
      assert.deepEqual(
        service.calls.map(({ method }) => method),
        ["list", "get", "get"],
      );
    });
  });
}

it("each record has the deadline that is given, with its read and its delete together", async () => {
  const { service, other } = filled("2.1", ["a", "b"]);
  const records = await other.list();
  const clock = new ManualClock();
  const images = clockedClient(
    hooked(service.transport, (method) => clock.advance(method === "Get" ? 40 : 50)),
    clock,
  );
  const statuses = async (timeoutMs: number) => {
    const { results } = await images.deleteMany(records, { timeoutMs, concurrency: 1 });
    return results.map(({ status, error }) => error?.code ?? status);
  };
  assert.deepEqual(await statuses(60), ["deadline_exceeded", "deadline_exceeded"]);
  service.seed(records);
  assert.deepEqual(await statuses(150), ["deleted", "deleted"]);
});

it("each call has the deadline that is given, not all together", async () => {
  const names = Array.from({ length: 6 }, (_, n) => `app:${n}`);
  const { service } = filled("2.1", names);
  const clock = new ManualClock();
  const images = clockedClient(
    hooked(service.transport, () => clock.advance(60)),
    clock,
  );
  const result = await images.deleteMany(names, { timeoutMs: 100, concurrency: 1 });
  assert.deepEqual(
    lines(result),
    names.map((name) => `${name} deleted`),
  );
});

it("the delete that waits for the garbage collection has as long as a delete with sync, also of a record that was read", async () => {
  const { service, other } = filled("2.1", ["a", "b"]);
  const clock = new ManualClock();
  const images = clockedClient(
    hooked(service.transport, (_method, message) =>
      isSync(message) ? clock.advance(LONG_TIMEOUT_MS - 1_000) : undefined,
    ),
    clock,
  );
  const result = await images.deleteMany(await other.list(), { sync: true });
  assert.deepEqual(lines(result), ["a deleted", "b deleted"]);
  assert.equal(result.gcWaited, true);
});

it("a dry run with sync has as long for each record as one without: it waits for no garbage collection", async () => {
  const { service, other } = filled("2.1", ["a", "b"]);
  const clock = new ManualClock();
  const images = clockedClient(
    hooked(service.transport, () => clock.advance(LONG_TIMEOUT_MS - 1_000)),
    clock,
  );
  const { results } = await images.deleteMany(await other.list(), { sync: true, dryRun: true });
  assert.deepEqual(
    results.map(({ status, error }) => [status, error?.code]),
    Array.from({ length: 2 }, () => ["failed", "deadline_exceeded"]),
  );
});

it("each failure names the method that was called", async () => {
  const { service, other } = filled("2.1", ["a"]);
  const [image] = await other.list();
  assert.ok(image !== undefined);
  for (const [which, options, method] of [
    [["a"], { dryRun: true }, "get"],
    [["a"], {}, "delete"],
    [[image], {}, "delete"],
  ] as const) {
    service.failNext(method, "permission_denied");
    const { results } = await other.deleteMany(which, options);
    assert.deepEqual([results[0]?.status, results[0]?.error?.method], ["failed", "deleteMany"]);
  }
});

describe("a name that is given twice", () => {
  function deletesOf(service: InMemoryImages) {
    return service.calls.flatMap((call) => (call.method === "delete" ? [call.request.name] : []));
  }

  it("is deleted by one request", async () => {
    const { service, other } = filled("2.1", ["a", "b", "c"]);
    const result = await other.deleteMany(["c", "a", "c", "a", "c"], { concurrency: 1 });
    assert.deepEqual(lines(result), ["c deleted", "a deleted"]);
    assert.deepEqual(deletesOf(service), ["c", "a"]);
  });

  it("counts as it is given last", async () => {
    const { other } = filled("2.1", ["a"]);
    const moved = { name: "a", target: { digest: `sha256:${"f".repeat(64)}` } };
    assert.deepEqual(lines(await other.deleteMany(["a", moved])), ["a changed"]);
    assert.deepEqual(lines(await other.deleteMany([moved, "a"])), ["a deleted"]);
  });

  it("is waited for once, where it is the last", async () => {
    const { service, other } = filled("2.1", ["a", "b"]);
    const result = await other.deleteMany(["b", "a", "b"], { sync: true, concurrency: 1 });
    assert.deepEqual(lines(result), ["b deleted", "a deleted"]);
    assert.equal(result.gcWaited, true);
    assert.deepEqual(deletesOf(service), ["b", "a"]);
  });
});
