import assert from "node:assert/strict";
import { isAlreadyExists, isValidationError } from "../../../../src/index.js";
import type { Check } from "../../check.js";
import { descriptor, namesOf, withoutTimes } from "../../records.js";

export function tagging(check: Check): void {
  check("tag makes a second record for the same target with its labels", async (images) => {
    const target = { ...descriptor("a"), annotations: { "org.example/x": "y" } };
    const source = await images.create({ name: "app:1", target, labels: { env: "dev", "a.b/c": "d" } });
    const tagged = await images.tag("app:1", "app:stable");
    assert.deepEqual(tagged, await images.get("app:stable"));
    assert.deepEqual(withoutTimes(tagged), { ...withoutTimes(source), name: "app:stable" });
    assert.deepEqual(await images.get("app:1"), source);
  });

  check("a name that is taken is already_exists, and stays as it is", async (images) => {
    await images.create({ name: "app:1", target: descriptor("a") });
    const stable = await images.create({ name: "app:stable", target: descriptor("b"), labels: { mine: "yes" } });
    for (const force of [undefined, false])
      await assert.rejects(images.tag("app:1", "app:stable", { force }), isAlreadyExists);
    await assert.rejects(images.tag("app:1", "app:1"), {
      code: "already_exists",
      imageName: "app:1",
      hint: "with { force: true } tag() changes the record that exists",
    });
    assert.deepEqual(await images.get("app:stable"), stable);
  });

  check("with force it is updated in place: target and labels", async (images) => {
    await images.create({ name: "app:1", target: descriptor("a"), labels: { env: "dev" } });
    const old = await images.create({ name: "app:stable", target: descriptor("b"), labels: { mine: "yes" } });
    const tagged = await images.tag("app:1", "app:stable", { force: true });
    assert.deepEqual(tagged.labels, { env: "dev" });
    assert.equal(tagged.target.digest, descriptor("a").digest);
    assert.deepEqual(tagged.createdAt, old.createdAt);
  });

  check("with force a name that is free is created, and a record over itself is left alone", async (images) => {
    const source = await images.create({ name: "app:1", target: descriptor("a") });
    assert.equal((await images.tag("app:1", "app:2", { force: true })).name, "app:2");
    assert.deepEqual(await images.tag("app:1", "app:1", { force: true }), source);
    assert.deepEqual(await images.get("app:1"), source);
  });

  check("a missing source is not_found and named", async (images) => {
    await images.create({ name: "app:stable", target: descriptor("a") });
    for (const force of [false, true]) {
      await assert.rejects(images.tag("app:gone", "app:stable", { force }), {
        code: "not_found",
        imageName: "app:gone",
        outcome: "not-applied",
      });
    }
    assert.deepEqual(namesOf(await images.list()), ["app:stable"]);
  });

  check("what says how long one record lives is not copied, all else is", async (images) => {
    const labels = {
      "containerd.io/gc.expire": "2100-01-01T00:00:00Z",
      "io.cri-containerd.pinned": "pinned",
      "io.cri-containerd.image": "managed",
      "containerd.io/gc.ref.content.0": descriptor("b").digest,
      __proto__x: "y",
    };
    await images.create({ name: "app:1", target: descriptor("a"), labels });
    await images.create({ name: "app:old", target: descriptor("b"), labels });
    for (const tagged of [await images.tag("app:1", "app:2"), await images.tag("app:1", "app:old", { force: true })]) {
      assert.deepEqual(tagged.labels, {
        "io.cri-containerd.image": "managed",
        "containerd.io/gc.ref.content.0": descriptor("b").digest,
        __proto__x: "y",
      });
    }
  });

  check("tag refuses names that break a rule, and says which", async (images) => {
    const issueOf = async (tagging: Promise<unknown>) => {
      const error: unknown = await tagging.catch((error: unknown) => error);
      assert.ok(isValidationError(error), String(error));
      return error.issues;
    };
    assert.deepEqual(await issueOf(images.tag("", "x")), [{ path: "source", message: "must not be empty" }]);
    assert.deepEqual(await issueOf(images.tag("x", "")), [{ path: "name", message: "must not be empty" }]);
    assert.equal((await issueOf(images.tag("x", "y".repeat(4_097))))[0]?.path, "name");
    // @ts-expect-error no such option
    assert.equal((await issueOf(images.tag("x", "y", { overwrite: true })))[0]?.path, "overwrite");
  });
}
