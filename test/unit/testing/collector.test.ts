import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { profiles } from "../../../src/testing/profile.js";
import { Collector } from "../../../src/testing/services/collector.js";
import { EventHub } from "../../../src/testing/services/event-hub.js";
import { Store } from "../../../src/testing/store/store.js";

/** A store without records that counts its collections. */
class CountingStore extends Store {
  collections = 0;

  override collect(): [] {
    this.collections += 1;
    return [];
  }
}

function start(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const store = new CountingStore(profiles["2.1"]);
  const clock = () => 0n;
  return { store, collector: new Collector(store, new EventHub(clock), clock), timers: t.mock.timers };
}

describe("garbage", () => {
  it("is collected a quarter of a second after the first delete, and again after the next", (t) => {
    const { store, collector, timers } = start(t);
    collector.changed("delete");
    timers.tick(200);
    collector.changed("delete");
    assert.equal(store.collections, 0);
    timers.tick(50);
    assert.equal(store.collections, 1);
    timers.tick(1_000);
    assert.equal(store.collections, 1);
    collector.changed("delete");
    timers.tick(250);
    assert.equal(store.collections, 2);
  });

  it("is collected after every hundred writes", (t) => {
    const { store, collector, timers } = start(t);
    for (const expected of [1, 2]) {
      for (let n = 0; n < 99; n += 1) collector.changed("write");
      timers.tick(1_000);
      assert.equal(store.collections, expected - 1);
      collector.changed("write");
      timers.tick(250);
      assert.equal(store.collections, expected);
    }
  });

  it("that was collected on request is not collected again later", (t) => {
    const { store, collector, timers } = start(t);
    collector.changed("delete");
    collector.collect();
    timers.tick(1_000);
    assert.equal(store.collections, 1);
  });
});
