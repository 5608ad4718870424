import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { descriptor, digest } from "../../contract/records.js";
import { hooked } from "./hooked-transport.js";

const name = "app:1";
const ifTarget = { digest: digest("a") };

/**
 * A client of 2.x. Another client points the name at another digest before the first `moves` deletes, and back before
 * each read.
 */
function movedAwayAndBack(moves: number) {
  const service = new InMemoryImages();
  service.seed([{ name, target: descriptor("a") }]);
  const other = new ImagesClient({ namespace: "default", transport: service.transport });
  let deletes = 0;
  const transport = hooked(service.transport, async (method) => {
    if (method === "Delete") deletes += 1;
    if (method === "Delete" && deletes <= moves) await other.update(name, { target: descriptor("b") });
    if (method === "Get") await other.update(name, { target: descriptor("a") });
  });
  return { images: new ImagesClient({ namespace: "default", transport }), other, deletes: () => deletes };
}

describe("a conditional delete of a record that is moved away and back", () => {
  it("is sent up to three times", async () => {
    const { images, other, deletes } = movedAwayAndBack(2);
    await images.delete(name, { ifTarget });
    assert.equal(deletes(), 3);
    assert.equal(await other.find(name), undefined);
  });

  it("is given up after the third time, and the record is kept", async () => {
    const { images, other, deletes } = movedAwayAndBack(3);
    await assert.rejects(images.delete(name, { ifTarget }), {
      code: "failed_precondition",
      outcome: "not-applied",
      message: /: it is moved away and back all the time$/,
    });
    assert.equal(deletes(), 3);
    assert.equal((await other.get(name)).target.digest, digest("a"));
  });
});

it("a record that points at another digest is read once, and no second delete is sent", async () => {
  const service = new InMemoryImages();
  service.seed([{ name, target: descriptor("b") }]);
  const images = new ImagesClient({ namespace: "default", transport: service.transport });
  await assert.rejects(images.delete(name, { ifTarget }), { code: "failed_precondition", imageName: name });
  assert.deepEqual(
    service.calls.map(({ method }) => method),
    ["version", "delete", "get"],
  );
});

it("a read that fails after the server has found nothing is not taken for a record that is gone", async () => {
  const service = new InMemoryImages();
  service.failNext("delete", "not_found");
  service.failNext("get", "permission_denied");
  const images = new ImagesClient({ namespace: "default", transport: service.transport });
  await assert.rejects(images.delete(name, { ifTarget }), { code: "permission_denied" });
});

it("on a server that compares nothing, no record is deleted unless that is allowed", async () => {
  const service = new InMemoryImages({ version: "1.7" });
  service.seed([{ name, target: descriptor("a") }]);
  const images = new ImagesClient({ namespace: "default", transport: service.transport });
  await assert.rejects(images.delete(name, { ifTarget }), { code: "failed_precondition", outcome: "not-applied" });
  assert.equal(service.snapshot().length, 1);
});

it("on a server that compares nothing, a record that points at another digest is kept", async () => {
  const service = new InMemoryImages({ version: "1.7" });
  service.seed([{ name, target: descriptor("b") }]);
  const images = new ImagesClient({ namespace: "default", transport: service.transport });
  await assert.rejects(images.delete(name, { ifTarget: { ...ifTarget, fallback: "check-then-delete" } }), {
    code: "failed_precondition",
    outcome: "not-applied",
    message: `delete "app:1" in namespace "default": it points at ${digest("b")}, not ${digest("a")}`,
    hint: /^the name was moved since its digest was read/,
    attempts: 1,
  });
  assert.equal(service.snapshot().length, 1);
});

it("on a server that compares nothing, a record that is not there is not deleted by its name", async () => {
  const service = new InMemoryImages({ version: "1.7" });
  const images = new ImagesClient({ namespace: "default", transport: service.transport });
  await assert.rejects(images.delete(name, { ifTarget: { ...ifTarget, fallback: "check-then-delete" } }), {
    code: "not_found",
    imageName: name,
    outcome: "not-applied",
    message: 'delete "app:1" in namespace "default": not found',
    hint: /"docker\.io\/library\/app:1"$/,
    attempts: 1,
  });
  assert.deepEqual(
    service.calls.map(({ method }) => method),
    ["version", "get"],
  );
});
