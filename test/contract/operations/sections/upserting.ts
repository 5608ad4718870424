import assert from "node:assert/strict";
import { isAlreadyExists, isValidationError } from "../../../../src/index.js";
import type { Check } from "../../check.js";
import { descriptor, withoutTimes } from "../../records.js";

const name = "app:1";

export function upserting(check: Check): void {
  check("upsert creates a record that is missing", async (images) => {
    const { image, created } = await images.upsert({ name, target: descriptor("a"), labels: { env: "dev" } });
    assert.equal(created, true);
    assert.deepEqual(image, await images.get(name));
    assert.deepEqual(image.labels, { env: "dev" });
  });

  check(
    "upsert points a record that is there at the target, and merges labels unless told otherwise",
    async (images) => {
      const first = await images.create({ name, target: descriptor("a"), labels: { env: "dev", "a.b/c": "kept" } });
      for (const labels of [undefined, "merge"] as const) {
        const wanted = { name, target: descriptor("b"), labels: { env: "prod", new: "yes" } };
        const { image, created } = await images.upsert(wanted, { labels });
        assert.equal(created, false);
        assert.deepEqual(image.labels, { env: "prod", "a.b/c": "kept", new: "yes" });
        assert.equal(image.target.digest, descriptor("b").digest);
        assert.deepEqual(image.createdAt, first.createdAt);
        assert.deepEqual(image, await images.get(name));
      }
    },
  );

  check("upsert replaces labels where it is told to", async (images) => {
    await images.create({ name, target: descriptor("a"), labels: { env: "dev", old: "gone" } });
    const replaced = await images.upsert(
      { name, target: descriptor("b"), labels: { env: "prod" } },
      { labels: "replace" },
    );
    assert.deepEqual(replaced.image.labels, { env: "prod" });
    const cleared = await images.upsert({ name, target: descriptor("b") }, { labels: "replace" });
    assert.deepEqual(cleared.image.labels, {});
  });

  check("upsert without labels keeps those that are there", async (images) => {
    await images.create({ name, target: { ...descriptor("a"), annotations: { x: "y" } }, labels: { env: "dev" } });
    const { image } = await images.upsert({ name, target: descriptor("b") });
    assert.deepEqual(withoutTimes(image), {
      name,
      labels: { env: "dev" },
      target: { ...descriptor("b"), annotations: {} },
    });
  });

  check("of many upserts of one name exactly one creates, and none fails", async (images) => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        images.upsert({ name, target: descriptor((n % 10).toString()), labels: { [`n${n}`]: "yes" } }),
      ),
    );
    assert.equal(results.filter(({ created }) => created).length, 1);
    assert.equal(Object.keys((await images.get(name)).labels).length, 20);
  });

  check("upserts and deletes of one name at the same time all succeed", async (images) => {
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        if (n % 2 === 0) await images.upsert({ name, target: descriptor("a") });
        else await images.delete(name, { ignoreMissing: true });
      }),
    );
  });

  check("upsert refuses what breaks a rule, and sends nothing", async (images) => {
    const target = descriptor("a");
    // @ts-expect-error no such mode
    await assert.rejects(images.upsert({ name, target }, { labels: "keep" }), (error) => {
      assert.ok(isValidationError(error));
      assert.deepEqual(error.issues, [{ path: "labels", message: 'must be "merge" or "replace", got "keep"' }]);
      return true;
    });
    await assert.rejects(images.upsert({ name: "", target }), isValidationError);
    await assert.rejects(images.upsert({ name: "x".repeat(4_097), target }), isValidationError);
    assert.deepEqual(await images.list(), []);
  });

  check("upsert takes sourceDateEpoch, or is refused where the server would ignore it", async (images, { target }) => {
    const sourceDateEpoch = new Date("2001-02-03T04:05:06Z");
    const upsert = images.upsert({ name, target: descriptor("a") }, { sourceDateEpoch });
    if (target.version === "1.6") return assert.rejects(upsert, { code: "failed_precondition", attempts: 0 });
    assert.deepEqual((await upsert).image.createdAt, sourceDateEpoch);
    const again = await images.upsert({ name, target: descriptor("b") }, { sourceDateEpoch: new Date(0) });
    assert.deepEqual([again.image.createdAt, again.image.updatedAt], [sourceDateEpoch, new Date(0)]);
  });

  check("upsert under a lease that does not exist says so, where the server does", async (images, { target }) => {
    const labels = { "containerd.io/gc.expire": "2100-01-01T00:00:00Z" };
    await images.create({ name: "expires:1", target: descriptor("a"), labels });
    const leased = images.withLease("no-such-lease");
    const missing = { code: "failed_precondition", outcome: "not-applied", hint: /no-such-lease/ };
    for (const image of [
      { name, target: descriptor("a"), labels },
      { name: "expires:1", target: descriptor("b") },
    ]) {
      if (target.version === "2.x") await assert.rejects(leased.upsert(image), missing);
      else assert.equal((await leased.upsert(image)).image.name, image.name);
    }
    await assert.rejects(leased.create({ name: "expires:1", target: descriptor("b") }), isAlreadyExists);
  });
}
