import assert from "node:assert/strict";
import { type CallOptions, field, isCanceled, isValidationError, parse } from "../../../../src/index.js";
import type { Check } from "../../check.js";
import { descriptor, digest } from "../../records.js";

const name = "app:1";
const soon = { timeoutMs: 20_000 };
const never = { timeoutMs: 60 };

export function waiting(check: Check): void {
  check("waits until the record is there, and gives it", async (images) => {
    const waits = [images.waitFor(name, "present", soon), images.waitFor(name, undefined, soon)];
    const created = await images.create({ name, target: descriptor("a") });
    for (const image of await Promise.all(waits)) assert.deepEqual(image, created);
  });

  check("waits until the record is gone", async (images) => {
    await images.create({ name, target: descriptor("a") });
    const wait = images.waitFor(name, "absent", soon);
    await images.delete(name);
    assert.equal(await wait, undefined);
    assert.equal(await images.waitFor(name, "absent", soon), undefined);
  });

  check("waits for a digest and for labels", async (images) => {
    await images.create({ name, target: descriptor("a"), labels: { env: "dev", busy: "yes" } });
    const waits = [
      images.waitFor(name, { digest: digest("b") }, soon),
      images.waitFor(name, { labels: { env: "prod", busy: null } }, soon),
      images.waitFor(name, { digest: digest("b"), labels: { env: "prod" } }, soon),
      images.waitFor(name, field.label("env").presentAndNot("dev"), soon),
    ];
    await images.update(name, { target: descriptor("b"), labels: { env: "prod", busy: null } });
    for (const image of await Promise.all(waits)) assert.deepEqual(image, await images.get(name));
  });

  check("gives up when the time is up, and says what was not so", async (images) => {
    await assert.rejects(images.waitFor(name, "present", never), {
      code: "deadline_exceeded",
      method: "waitFor",
      imageName: name,
      outcome: "not-applied",
      message: /^waitFor "app:1" in namespace ".*": gave up after \d+ ms.*; wanted a record; /,
    });
    await images.create({ name, target: descriptor("a"), labels: { __proto__x: "y" } });
    await assert.rejects(images.waitFor(name, "absent", never), /; wanted no record; /);
    for (const labels of [{ env: "prod" }, { __proto__x: null }, { toString: "x" }])
      await assert.rejects(images.waitFor(name, { labels }, never), /; wanted a record with /);
    await images.waitFor(name, { labels: { toString: null } }, soon);
    await assert.rejects(images.waitFor(name, { digest: digest("b") }, { signal: AbortSignal.timeout(30) }), {
      code: "deadline_exceeded",
    });
  });

  check("an abort ends it at once, with the reason as its cause", async (images) => {
    const controller = new AbortController();
    const wait = images.waitFor(name, "present", { signal: controller.signal });
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 20);
    await assert.rejects(wait, (error) => {
      assert.ok(isCanceled(error), String(error));
      assert.equal(error.cause, reason);
      return true;
    });
    await assert.rejects(images.waitFor(name, "present", { signal: AbortSignal.abort(reason) }), isCanceled);
  });

  check("closing the client ends it at once", async (images) => {
    const wait = assert.rejects(images.waitFor(name, "present", { timeoutMs: 60_000 }), { code: "unavailable" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const startedAt = performance.now();
    await images.close();
    await wait;
    assert.ok(performance.now() - startedAt < 4_000); // the grace period of calls is 5 s
    await assert.rejects(images.waitFor(name, "present", soon), { code: "failed_precondition" });
  });

  check("without a timeout or a signal, or with a condition that is none, it is refused", async (images) => {
    const withoutEnd: (CallOptions | undefined)[] = [{}, { retry: false }, undefined];
    for (const options of withoutEnd) {
      // Programs in JavaScript can leave the options out.
      await assert.rejects(images.waitFor(name, "present", options as CallOptions), /timeoutMs or a signal/);
    }
    const conditions: unknown[] = ["gone", {}, { labels: {} }, { digest: "x" }, { label: { a: "b" } }, null, 1];
    for (const condition of [...conditions, parse("name~=("), { labels: { a: "" } }]) {
      // Here too.
      const wait = images.waitFor(name, condition as "present", soon);
      await assert.rejects(wait, isValidationError, JSON.stringify(condition));
    }
  });
}
