import assert from "node:assert/strict";
import { Code, ConnectError } from "@connectrpc/connect";
import { isCanceled, isDeadlineExceeded } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor } from "../records.js";

export function ending(check: Check): void {
  for (const [what, reason] of [
    ["an error", new Error("enough")],
    ["a text", "enough"],
    ["a ConnectError, which forges no code", new ConnectError("no", Code.NotFound)],
    ["none", undefined],
  ] as const) {
    check(`abort with ${what} as its reason is canceled, with the reason as cause`, async (_images, context) => {
      await using held = await context.target.held(context.namespace);
      await held.client.list();
      const controller = new AbortController();
      const arrived = held.hold();
      const call = held.client.get("app:1", { signal: controller.signal });
      await arrived;
      controller.abort(reason);
      await assert.rejects(call, (error) => {
        assert.ok(isCanceled(error), String(error));
        assert.equal(error.cause, controller.signal.reason);
        return error.outcome === "not-applied" && error.attempts === 1;
      });
      held.release();
      assert.deepEqual(await held.client.list(), [], "the connection goes on");
    });
  }

  check("a signal that is aborted already sends nothing", async (images) => {
    const signal = AbortSignal.abort("before");
    const create = images.create({ name: "app:1", target: descriptor("a") }, { signal });
    await assert.rejects(create, { code: "canceled", cause: "before", attempts: 0, outcome: "not-applied" });
    await assert.rejects(images.list(undefined, { signal }), isCanceled);
    await assert.rejects(images.delete("app:1", { signal, ignoreMissing: true }), isCanceled);
    assert.deepEqual(await images.list(), []);
  });

  check("what becomes of a write that was aborted on its way is unknown", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    await held.client.list();
    const controller = new AbortController();
    const arrived = held.hold();
    const call = held.client.create({ name: "app:1", target: descriptor("a") }, { signal: controller.signal });
    await arrived;
    controller.abort();
    await assert.rejects(call, { code: "canceled", outcome: "unknown", attempts: 1, imageName: "app:1" });
  });

  check("a deadline that passes is deadline_exceeded", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    await held.client.list();
    void held.hold();
    await assert.rejects(held.client.get("app:1", { timeoutMs: 20 }), (error) => {
      return isDeadlineExceeded(error) && error.outcome === "not-applied" && /20 ms/.test(error.message);
    });
    await assert.rejects(held.client.withTimeout(20).list(), isDeadlineExceeded);
    held.release();
    assert.equal(await held.client.find("app:1"), undefined);
  });

  check("AbortSignal.timeout is deadline_exceeded too", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    await held.client.list();
    void held.hold();
    await assert.rejects(held.client.get("app:1", { signal: AbortSignal.timeout(20) }), isDeadlineExceeded);
  });

  check("a call that waits its turn can be aborted, and was never sent", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace, { maxConcurrency: 1 });
    await held.client.list();
    const controller = new AbortController();
    const arrived = held.hold();
    const first = held.client.find("app:1");
    await arrived;
    const write = { name: "app:2", target: descriptor("a") };
    const waiting = held.client.create(write, { signal: controller.signal });
    const late = held.client.create(write, { timeoutMs: 20 });
    controller.abort("gone");
    await assert.rejects(waiting, { code: "canceled", cause: "gone", attempts: 0, outcome: "not-applied" });
    await assert.rejects(late, { code: "deadline_exceeded", attempts: 0, outcome: "not-applied" });
    held.release();
    assert.equal(await first, undefined);
    assert.deepEqual(await held.client.list(), []);
  });

  check("a deadline that is no whole number of milliseconds is refused", async (images) => {
    for (const timeoutMs of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 100_000_000, "5", null]) {
      await assert.rejects(images.list(undefined, { timeoutMs: timeoutMs as number }), {
        name: "ValidationError",
        message: /timeoutMs/,
      });
    }
    assert.deepEqual(await images.list(undefined, { timeoutMs: 99_999_999, signal: undefined }), []);
  });

  check("finished calls leave no listener on a shared signal", async (images) => {
    const { signal } = new AbortController();
    let listeners = 0;
    const counting = new Proxy(signal, {
      get: (of, key) => {
        if (key === "addEventListener") listeners += 1;
        if (key === "removeEventListener") listeners -= 1;
        const value: unknown = Reflect.get(of, key, of);
        return typeof value === "function" ? value.bind(of) : value;
      },
    });
    await Promise.all(Array.from({ length: 20 }, () => images.find("app:1", { signal: counting })));
    assert.equal(listeners, 0);
  });
}
