import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Store } from "../../../src/watch/store.js";
import { record } from "./fake-server.js";

describe("Store", () => {
  it("reports a record once, however often it is updated", () => {
    const store = new Store();
    const image = record("a");
    assert.deepEqual(store.update("a", image), { type: "created", image });
    assert.equal(store.update("a", record("a")), undefined);
  });

  it("reports the record before and after a change", () => {
    const store = new Store();
    const [first, second] = [record("a", 1), record("a", 2)];
    store.update("a", first);
    assert.deepEqual(store.update("a", second), { type: "updated", image: second, previous: first });
    assert.deepEqual(store.update("a", undefined), { type: "deleted", image: second });
    assert.equal(store.update("a", undefined), undefined);
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
    "a label more, with an empty value": { ...image, labels: { env: "dev", x: "" } },
    "another label": { ...image, labels: { toString: "dev" } },
  };
  for (const [what, changed] of Object.entries(variants)) {
    it(`reports a change of ${what}`, () => {
      const store = new Store();
      store.update("a", image);
      assert.equal(store.update("a", changed)?.type, "updated");
    });
  }

  it("replaces all records: it reports what changed in the order of the list, then what is deleted", () => {
    const store = new Store();
    for (const name of ["a", "b", "c"]) store.update(name, record(name));
    const events = [...store.replace([record("b", 2), record("c"), record("d")])];
    assert.deepEqual(
      events.map((event) => event && `${event.type} ${event.image.name}`),
      ["updated b", undefined, "created d", "deleted a"],
    );
    const unchanged = [...store.replace([record("b", 2), record("c"), record("d")])];
    assert.deepEqual(unchanged, [undefined, undefined, undefined]);
  });
});
