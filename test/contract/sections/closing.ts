import assert from "node:assert/strict";
import type { Check } from "../check.js";
import { descriptor } from "../records.js";

const LONG_SILENCE_MS = 1_000;

export function closing(check: Check): void {
  check("a closed client takes no calls", async (images) => {
    await images.list();
    await images.close();
    const derived = images.withTimeout(1_000);
    for (const [method, call] of [
      ["get", () => images.get("app:1")],
      ["find", () => images.find("app:1")],
      ["list", () => images.list()],
      ["create", () => images.create({ name: "app:1", target: descriptor("a") })],
      ["update", () => images.update("app:1", { labels: { a: "1" } })],
      ["replace", () => images.replace({ name: "app:1", target: descriptor("a") })],
      ["delete", () => images.delete("app:1", { ignoreMissing: true })],
      ["get", () => images.raw.get({ name: "app:1" })],
      ["get", () => derived.get("app:1")],
    ] as const) {
      const expected = { code: "failed_precondition", attempts: 0, outcome: "not-applied", hint: /new client/ };
      await assert.rejects(call(), { ...expected, method });
    }
  });

  check(
    "a client that never called can be closed, and closing twice is harmless",
    async (_images, { target, namespace }) => {
      const images = target.client(namespace);
      await images.close();
      await images.close({ graceMs: 0 });
      await assert.rejects(images.list(), { code: "failed_precondition" });
    },
  );

  check("close lets calls in flight finish", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    await held.client.list();
    const arrived = held.hold();
    const call = held.client.create({ name: "app:1", target: descriptor("a") });
    await arrived;
    let isClosed = false;
    const closed = held.client.close().then(() => {
      isClosed = true;
    });
    await assert.rejects(held.client.list(), { code: "failed_precondition" }, "no new call meanwhile");
    assert.ok(!isClosed);
    held.release();
    assert.equal((await call).name, "app:1");
    await closed;
  });

  check("close cuts off what takes longer than graceMs", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    await held.client.list();
    const arrived = held.hold();
    const write = held.client.create({ name: "app:1", target: descriptor("a") });
    const read = held.client.get("app:1");
    await arrived;
    const closing = held.client.close({ graceMs: 10 });
    await assert.rejects(write, { code: "unavailable", outcome: "unknown" });
    await assert.rejects(read, { code: "unavailable", outcome: "not-applied" });
    await closing;
  });

  check("every close that overlaps another comes to an end", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    await held.client.list();
    const arrived = held.hold();
    const call = held.client.get("app:1");
    await arrived;
    const closings = [held.client.close(), held.client.close(), held.client.close({ graceMs: 0 })];
    await assert.rejects(call, { code: "unavailable" });
    await Promise.all(closings);
  });

  check("closing a derived client ends its own calls only", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    const { client } = held;
    await client.list();
    const derived = client.withTimeout(30_000);
    const heldAtMs = performance.now();
    const arrived = held.hold();
    const own = derived.find("app:1");
    const owners = client.find("app:1");
    const sibling = client.withRetry(false).find("app:1");
    await arrived;
    const closing = derived.close({ graceMs: 0 });
    await assert.rejects(own, { code: "unavailable" });
    await closing;
    const silentMs = performance.now() - heldAtMs;
    await assert.rejects(derived.list(), { code: "failed_precondition" });
    held.release();
    assert.deepEqual(await Promise.all([owners, sibling]), [undefined, undefined]);
    assert.deepEqual(await client.list(), []);
    // On a machine so busy that the peer was silent for a second, new calls use another connection.
    if (silentMs < LONG_SILENCE_MS) assert.ok([1, undefined].includes(held.connections()), "the connection is kept");
  });

  check("closing the owner ends the calls of derived clients", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    const { client } = held;
    await client.list();
    const derived = client.withTimeout(30_000);
    const arrived = held.hold();
    const call = derived.find("app:1");
    await arrived;
    const closing = client.close({ graceMs: 0 });
    await assert.rejects(call, { code: "unavailable" });
    await closing;
    await assert.rejects(derived.list(), { code: "failed_precondition" });
  });

  check("await using closes at the end of the block", async (_images, { target, namespace }) => {
    const escaped = await (async () => {
      await using images = target.client(namespace);
      await images.list();
      return images;
    })();
    await assert.rejects(escaped.list(), { code: "failed_precondition" });
  });

  check("graceMs is checked", async (images) => {
    for (const graceMs of [-1, 1.5, Number.NaN, "1"]) {
      await assert.rejects(images.close({ graceMs: graceMs as number }), { name: "ValidationError" });
    }
    assert.deepEqual(await images.list(), [], "a refused close has closed nothing");
  });
}
