import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Store } from "../../../src/watch/store.js";
import { record } from "./fake-server.js";

describe("Store", () => {
  it("tells of a record once, however often it is set", () => {
    const records = new Store();
    const image = record("a");
    assert.deepEqual(records.set("a", image), { type: "created", image });
    assert.equal(records.set("a", record("a")), undefined);
  });

  it("gives the record as it was last told of", () => {
    const records = new Store();
    const [first, second] = [record("a", 1), record("a", 2)];
    records.set("a", first);
    assert.deepEqual(records.set("a", second), { type: "updated", image: second, previous: first });
    assert.deepEqual(records.set("a", undefined), { type: "deleted", image: second });
    assert.equal(records.set("a", undefined), undefined);
  });

  const image = record("a", 1, { env: "dev" });
  const target = { ...image.target, annotations: { x: "1" } };
  const variants = {
    updatedAt: { ...image, updatedAt: new Date(9) },
    createdAt: { ...image, createdAt: new Date(9) },
    "target.digest": { ...image, target: { ...image.target, digest: `sha256:${"b".repeat(64)}` } },
    "target.mediaType": { ...image, target: { ...image.target, mediaType: "other" } },
    "target.size": { ...image, target: { ...image.target, size: 2 } },
    "target.annotations": { ...image, target },
    "a label's value": { ...image, labels: { env: "prod" } },
    "a label more": { ...image, labels: { env: "dev", x: "1" } },
    "a label less": { ...image, labels: {} },
    "another label": { ...image, labels: { toString: "dev" } },
  };
  for (const [what, changed] of Object.entries(variants)) {
    it(`sees a change of ${what}`, () => {
      const records = new Store();
      records.set("a", image);
      assert.equal(records.set("a", changed)?.type, "updated");
    });
  }

  it("takes in a list: what changed in its order, then what is gone", () => {
    const records = new Store();
    for (const name of ["a", "b", "c"]) records.set(name, record(name));
    const events = [...records.replace([record("b", 2), record("c"), record("d")])];
    assert.deepEqual(
      events.map(({ type, image: { name } }) => `${type} ${name}`),
      ["updated b", "created d", "deleted a"],
    );
    assert.deepEqual([...records.replace([record("b", 2), record("c"), record("d")])], []);
  });
});
