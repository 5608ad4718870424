import assert from "node:assert/strict";
import { it } from "node:test";
import { ImagesClient, type ImagesError } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { descriptor } from "../../contract/records.js";
import { ManualClock } from "../../support/manual-clock.js";
import { clockedClient } from "./clocked-client.js";
import { hooked } from "./hooked-transport.js";

const name = "app:1";
const image = { name, target: descriptor("b"), labels: { env: "prod" } };

/**
 * A client with another writer: `before` runs before each call, with the name of the method and how often it was
 * called.
 */
function raced(before: (other: ImagesClient, method: string, times: number) => Promise<unknown> | undefined) {
  const service = new InMemoryImages();
  const other = new ImagesClient({ namespace: "default", transport: service.transport });
  const times: Record<string, number> = {};
  const transport = hooked(service.transport, async (method) => {
    times[method] = (times[method] ?? 0) + 1;
    await before(other, method, times[method] ?? 0);
  });
  const methods = () => service.calls.map(({ method }) => method);
  return { images: new ImagesClient({ namespace: "default", transport }), transport, other, service, methods };
}

it("a record that somebody creates first is pointed at the target", async () => {
  const { images } = raced((other, method) =>
    method === "Create" ? other.create({ name, target: descriptor("a"), labels: { theirs: "yes" } }) : undefined,
  );
  const { image: upserted, created } = await images.upsert(image);
  assert.equal(created, false);
  assert.deepEqual(upserted.labels, { theirs: "yes", env: "prod" });
  assert.equal(upserted.target.digest, image.target.digest);
});

it("a record that somebody deletes in between is created", async () => {
  const { images, other } = raced((other, method, times) =>
    method === "Update" && times === 1 ? other.delete(name) : undefined,
  );
  await other.create({ name, target: descriptor("a"), labels: { theirs: "yes" } });
  const { image: upserted, created } = await images.upsert(image);
  assert.equal(created, true);
  assert.deepEqual(upserted.labels, { env: "prod" });
});

it("one that is deleted and created in between every time is given up as aborted", async () => {
  const { images, methods, other } = raced((other, method) => {
    if (method === "Update") return other.delete(name);
    return method === "Create" ? other.upsert({ name, target: descriptor("a") }) : undefined;
  });
  await assert.rejects(images.upsert(image), (error: ImagesError) => {
    const { code, method, imageName, attempts, outcome } = error;
    assert.deepEqual([code, method, imageName, attempts, outcome], ["aborted", "upsert", name, 32, "not-applied"]);
    assert.match(error.hint ?? "", /which clients create and delete this name/);
    return !("cause" in error); // the last status is no second error
  });
  assert.equal(methods().filter((method) => method === "update").length, 16);
  assert.equal(await other.find(name), undefined);
});

it("all rounds share one deadline", async () => {
  const clock = new ManualClock();
  const { transport } = raced(async (other, method) => {
    if (method === "Update") return other.delete(name);
    await clock.advance(20);
    return other.upsert({ name, target: descriptor("a") });
  });
  const images = clockedClient(transport, clock);
  await assert.rejects(images.upsert(image, { timeoutMs: 100 }), { code: "deadline_exceeded" });
});

it("a lost answer to the create is resolved, not taken for somebody else's record", async () => {
  const { images, service, methods } = raced(() => undefined);
  service.failNext("create", "drop-after-commit");
  assert.deepEqual((await images.upsert(image)).created, true);
  assert.deepEqual(methods(), ["create", "get"]);
});

it("a create that may have been applied is not followed by an update", async () => {
  const { images, service, methods } = raced((other, method) =>
    method === "Get" ? other.upsert({ name, target: descriptor("a") }) : undefined,
  );
  service.failNext("create", "drop-before");
  await assert.rejects(images.upsert(image), { code: "already_exists", outcome: "unknown", method: "upsert" });
  assert.ok(!methods().includes("update"), methods().join(" "));
});

it("an update that may have been applied is not followed by a create", async () => {
  let isUpdated = false;
  const { images, other, service, methods } = raced((other, method) => {
    if (method === "Get" && isUpdated) return other.delete(name);
    isUpdated ||= method === "Update";
    return undefined;
  });
  await other.create({ name, target: descriptor("a") });
  service.failNext("update", "drop-before");
  await assert.rejects(images.upsert(image), { code: "unavailable", outcome: "unknown", method: "upsert" });
  assert.deepEqual(methods().slice(-3), ["update", "delete", "get"]);
});

it("other failures are not retried as if the name were contended", async () => {
  for (const [method, code] of [
    ["create", "permission_denied"],
    ["update", "invalid_argument"],
  ] as const) {
    const { images, other, service, methods } = raced(() => undefined);
    if (method === "update") await other.create({ name, target: descriptor("a") });
    service.failNext(method, code);
    await assert.rejects(images.upsert(image), { code, method: "upsert", message: new RegExp(`": ${method}: `) });
    assert.equal(methods().filter((name) => name === method).length, 1);
  }
});

it("tag with force updates in place and never deletes", async () => {
  const { images, other, methods } = raced(() => undefined);
  await other.create({ name: "app:0", target: descriptor("a") });
  await other.create({ name, target: descriptor("b") });
  await images.tag("app:0", name, { force: true });
  assert.deepEqual(methods().slice(2), ["get", "create", "update"]);
});

it("tag with force dates what it updates by its sourceDateEpoch", async () => {
  const { images, other } = raced(() => undefined);
  const sourceDateEpoch = new Date("2001-02-03T04:05:06Z");
  await other.create({ name: "app:0", target: descriptor("a") });
  await other.create({ name, target: descriptor("b") });
  assert.deepEqual((await images.tag("app:0", name, { force: true, sourceDateEpoch })).updatedAt, sourceDateEpoch);
});

it("tag with force whose create may have been applied has no hint to use force", async () => {
  const { images, other, service } = raced(() => undefined);
  await other.create({ name: "app:0", target: descriptor("b") });
  await other.create({ name, target: descriptor("a") });
  service.failNext("create", "drop-before");
  await assert.rejects(images.tag("app:0", name, { force: true }), (error: ImagesError) => {
    assert.deepEqual([error.code, error.outcome, error.hint], ["already_exists", "unknown", undefined]);
    return true;
  });
});

it("tag with force creates a name that is deleted in between", async () => {
  const { images, other } = raced((other, method, times) =>
    method === "Update" && times === 1 ? other.delete(name) : undefined,
  );
  await other.create({ name: "app:0", target: descriptor("a"), labels: { env: "dev" } });
  await other.create({ name, target: descriptor("b"), labels: { old: "yes" } });
  assert.deepEqual((await images.tag("app:0", name, { force: true })).labels, { env: "dev" });
});

it("tag without force never changes a record that is there", async () => {
  const { images, other, methods } = raced(() => undefined);
  await other.create({ name: "app:0", target: descriptor("a") });
  await other.create({ name, target: descriptor("b") });
  await assert.rejects(images.tag("app:0", name), { code: "already_exists" });
  assert.deepEqual(methods().slice(2), ["get", "create"]);
  assert.deepEqual((await other.get(name)).target.digest, descriptor("b").digest);
});
