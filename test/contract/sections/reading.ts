import assert from "node:assert/strict";
import { isNotFound } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, digest, namesOf } from "../records.js";

export function reading(check: Check): void {
  check("get gives the record as it was created", async (images) => {
    const before = Date.now();
    const annotations = { "org.example/a": "1" };
    const labels = { env: "dev", "a.b/c": "2" };
    const target = { ...descriptor("a"), annotations };
    const created = await images.create({ name: "app:1", target, labels });
    const image = await images.get("app:1");
    assert.deepEqual(image, created);
    assert.deepEqual(image, { name: "app:1", labels, target, createdAt: image.createdAt, updatedAt: image.createdAt });
    assert.ok(image.createdAt.getTime() >= before - 1_000 && image.createdAt.getTime() <= Date.now() + 1_000);
  });

  check("get of a missing record is not_found", async (images, { namespace }) => {
    const expected = { code: "not_found", method: "get", namespace, imageName: "app:1", outcome: "not-applied" };
    await assert.rejects(images.get("app:1"), (error) => isNotFound(error));
    await assert.rejects(images.get("app:1"), { ...expected, attempts: 1 });
  });

  check("names are exact: no case, no default tag, no white space is forgiven", async (images) => {
    await images.create({ name: "docker.io/library/app:latest", target: descriptor("a") });
    for (const name of [
      "app",
      "docker.io/library/app",
      "DOCKER.IO/library/app:latest",
      " docker.io/library/app:latest",
    ]) {
      assert.equal(await images.find(name), undefined);
    }
  });

  check("find gives the record, or undefined where there is none", async (images) => {
    const created = await images.create({ name: "app:1", target: descriptor("a") });
    assert.deepEqual(await images.find("app:1"), created);
    assert.equal(await images.find("app:2"), undefined);
  });

  check("find rejects for every other reason", async (images) => {
    await assert.rejects(images.find(""), { code: "invalid_argument", method: "find" });
    await images.close();
    await assert.rejects(images.find("app:1"), { code: "failed_precondition" });
  });

  check("list of a namespace that nobody has used is empty", async (images) => {
    assert.deepEqual(await images.list(), []);
  });

  check("list gives every record whole, in the order of the names' UTF-8 bytes", async (images) => {
    // By UTF-16 units U+FFFF would come after the emoji, and by locale é before f.
    const names = ["", "A", "Z", "a", "a\u0000b", "f", "zz", "é", "\uffff", "😀"].slice(1);
    const created = await Promise.all(
      names.toReversed().map((name) => images.create({ name, target: descriptor("b"), labels: { of: name } })),
    );
    assert.deepEqual(await images.list(), created.toReversed());
  });

  check("list gives more records than one piece holds", async (images) => {
    const names = Array.from({ length: 120 }, (_, i) => `app:${String(i).padStart(3, "0")}`);
    await Promise.all(names.map((name) => images.create({ name, target: descriptor("a"), labels: { n: name } })));
    const listed = await images.list();
    assert.deepEqual(namesOf(listed), names);
    assert.ok(listed.every(({ name, labels, target }) => labels["n"] === name && target.digest === digest("a")));
  });

  check("list gives a response that is larger than every flow-control window", async (images) => {
    const annotations = { padding: "x".repeat(1 << 20) };
    const names = Array.from({ length: 6 }, (_, i) => `app:${i}`);
    await Promise.all(names.map((name) => images.create({ name, target: { ...descriptor("a"), annotations } })));
    const listed = await images.list();
    assert.deepEqual(namesOf(listed), names);
    assert.ok(listed.every(({ target }) => target.annotations["padding"]?.length === 1 << 20));
  });
}
