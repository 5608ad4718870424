import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ImageEvent } from "../../../src/watch/events.js";
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

  /** What the events say; `undefined` for each moment in which the caller can pause. */
  const shown = (events: Iterable<ImageEvent | undefined>) =>
    [...events].map((event) => event && `${event.type} ${event.image.name}`);

  function storeOf(...names: readonly string[]): Store {
    const store = new Store();
    for (const name of names) store.update(name, record(name));
    return store;
  }

  it("replaces all records: it reports what changed in the order of the list, then what is deleted", () => {
    const store = storeOf("z", "b", "c", "a");
    const list = [record("b", 2), record("c"), record("d")];
    assert.deepEqual(
      shown(store.replace(list)).filter((event) => event !== undefined),
      ["updated b", "created d", "deleted z", "deleted a"],
    );
    assert.deepEqual(shown(store.replace(list)), [undefined, undefined, undefined]);
    assert.equal(store.update("a", undefined), undefined);
    assert.equal(store.update("d", record("d")), undefined);
    assert.equal(store.update("d", undefined)?.type, "deleted");
  });

  it("lets the caller pause at every record of a list, and again at every record that it looks up in it", () => {
    const store = storeOf("a", "b", "c");
    assert.deepEqual(shown(store.replace([record("b"), record("c")])), [
      ...[undefined, undefined], // "b", "c"
      ...["deleted a", undefined, undefined],
    ]);
  });

  it("reports a record that is in a list twice as it is there, and as not deleted", () => {
    const store = storeOf("a", "b");
    const events = shown(store.replace([record("b"), record("c"), record("b", 2), record("c")]));
    assert.deepEqual(
      events.filter((event) => event !== undefined),
      ["created c", "updated b", "deleted a"],
    );
  });

  it("keeps what it has not reported as changed or deleted when the caller stops", () => {
    const store = storeOf("a", "b", "c");
    const list = [record("b", 2), record("c", 2), record("d")];
    for (const event of store.replace(list)) if (event?.image.name === "b") break;
    assert.deepEqual(
      shown(store.replace(list)).filter((event) => event !== undefined),
      ["updated c", "created d", "deleted a"],
    );
  });
});
