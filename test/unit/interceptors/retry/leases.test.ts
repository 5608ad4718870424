import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient, isAlreadyExists, isUnavailable, LABEL_GC_EXPIRE } from "../../../../src/index.js";
import { InMemoryImages } from "../../../../src/testing/index.js";
import { descriptor } from "../../../contract/records.js";

const expired = { name: "app:1", target: descriptor("a"), labels: { [LABEL_GC_EXPIRE]: "2001-01-01T00:00:00Z" } };
const lasting = { name: "app:2", target: descriptor("a"), labels: {} };

function withLease() {
  const service = new InMemoryImages();
  service.addLease("held");
  const images = new ImagesClient({ namespace: "default", transport: service.transport, retry: { baseDelayMs: 0 } });
  return { service, images, leased: images.withLease("held") };
}

async function assertUnknown(call: Promise<unknown>): Promise<void> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  assert.ok(isUnavailable(error), String(error));
  assert.equal(error.outcome, "unknown");
}

describe("a write under a lease whose response is lost", () => {
  it("is unknown for a record that can expire: it does not show whether the lease holds it", async () => {
    const { service, leased } = withLease();
    service.seed([expired]);
    const writes = [
      () => leased.replace(expired),
      () => leased.update("app:1", { labels: expired.labels }),
      () => leased.update("app:1", { target: expired.target }),
    ];
    for (const write of writes) {
      service.failNext("update", "drop-before");
      await assertUnknown(write());
    }
    service.collectGarbage();
    assert.deepEqual(service.snapshot(), [], "no lease has held it");

    service.failNext("create", "drop-after-commit");
    await assertUnknown(leased.create(expired));
    service.collectGarbage();
    assert.equal(service.snapshot().length, 1);
  });

  it("fails with already_exists for a create if the record is another one", async () => {
    const { service, leased } = withLease();
    service.seed([{ ...expired, createdAt: new Date(0), updatedAt: new Date(0) }]);
    for (const options of [{}, { sourceDateEpoch: new Date(1_000) }]) {
      service.failNext("create", "drop-before");
      await assert.rejects(leased.create(expired, options), isAlreadyExists);
    }
  });

  it("succeeds for a record that cannot expire, and without a lease", async () => {
    const { service, images, leased } = withLease();
    service.failNext("create", "drop-after-commit");
    await leased.create(lasting);
    service.failNext("update", "drop-after-commit");
    await leased.replace(lasting);
    service.failNext("create", "drop-after-commit");
    await images.create(expired);
    service.failNext("update", "drop-after-commit");
    await images.replace(expired);
  });
});
