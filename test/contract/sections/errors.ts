import assert from "node:assert/strict";
import { type ImagesError, isImagesError, isValidationError, type RetryEvent } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor } from "../records.js";

export function errors(check: Check): void {
  check(
    "an error tells what was called, where, on what, how often and with what effect",
    async (images, { namespace }) => {
      await images.create({ name: "app:1", target: descriptor("a") });
      const error = await failureOf(images.create({ name: "app:1", target: descriptor("a") }));
      assert.equal(error.name, "ImagesError");
      assert.equal(error.code, "already_exists");
      assert.equal(error.method, "create");
      assert.equal(error.namespace, namespace);
      assert.equal(error.imageName, "app:1");
      assert.equal(error.attempts, 1);
      assert.equal(error.outcome, "not-applied");
      assert.ok(!("cause" in error), "the message says all that is known");
      assert.match(error.hint ?? "", /upsert\(\)/);
      assert.match(error.message, /create "app:1" in namespace "contract-[^"]+": /);
      // Bun follows no promise that an async function returns without awaiting it.
      if (!("Bun" in globalThis)) assert.match(error.stack ?? "", /errors\.ts/, "the stack leads to the caller");
    },
  );

  check("a list's error has no image name", async (images) => {
    const error = await failureOf(images.list(undefined, { signal: AbortSignal.abort() }));
    assert.equal(error.method, "list");
    assert.equal(error.imageName, undefined);
  });

  check(
    "a validation error names every broken rule, and keeps the value out of the hint",
    async (images, { namespace }) => {
      const error = await failureOf(images.create({ name: "", target: { ...descriptor("a"), size: 0 } }));
      assert.ok(isValidationError(error));
      assert.deepEqual(error.issues, [
        { path: "name", message: "must not be empty" },
        { path: "target.size", message: "must be a whole number of bytes from 1 to 2^53-1, got 0" },
      ]);
      assert.equal(error.namespace, namespace);
      const message = `create in namespace "${namespace}": name: must not be empty; target.size: `;
      assert.ok(error.message.startsWith(message), error.message);
    },
  );

  check("a read whose connection breaks is sent again, and onRetry tells", async (_images, { target, namespace }) => {
    const events: RetryEvent[] = [];
    await using held = await target.held(namespace, {
      retry: { onRetry: (event) => events.push(event), baseDelayMs: 0 },
    });
    await held.client.list();
    const arrived = held.hold();
    const reading = held.client.find("app:1");
    await arrived;
    held.cut();
    assert.equal(await reading, undefined);
    assert.equal(events.length, 1, JSON.stringify(events));
    const { method, namespace: where, imageName, attempt, code, action } = events[0] ?? {};
    assert.deepEqual({ method, where, imageName }, { method: "get", where: namespace, imageName: "app:1" });
    assert.deepEqual({ attempt, code, action }, { attempt: 1, code: "unavailable", action: "retry" });
  });

  check("without retry a broken connection is unavailable", async (_images, { target, namespace }) => {
    await using held = await target.held(namespace);
    await held.client.list();
    const client = held.client.withRetry(false);
    const arrived = held.hold();
    const reading = client.find("app:1");
    await arrived;
    held.cut();
    await assert.rejects(reading, { code: "unavailable", attempts: 1, outcome: "not-applied" });
  });
}

async function failureOf(call: Promise<unknown>): Promise<ImagesError> {
  try {
    await call;
  } catch (error) {
    assert.ok(isImagesError(error), String(error));
    return error;
  }
  assert.fail("the call succeeded");
}
