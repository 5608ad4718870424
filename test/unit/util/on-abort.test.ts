import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, it } from "node:test";
import { onAbort } from "../../../src/util/on-abort.js";

describe("what waits for a signal", () => {
  it("shares one listener of it, is run when it aborts, and not after it has unsubscribed", () => {
    const { signal, abort } = controlled();
    const ran: string[] = [];
    const listeners = () => getEventListeners(signal, "abort").length;
    const [first, second] = ["first", "second"].map((name) => onAbort(signal, () => ran.push(name)));
    assert.equal(listeners(), 1);
    first?.();
    assert.equal(listeners(), 1);
    second?.();
    assert.equal(listeners(), 0);
    onAbort(signal, () => ran.push("third"));
    onAbort(signal, () => ran.push("fourth"));
    assert.equal(listeners(), 1);
    abort();
    assert.deepEqual(ran, ["third", "fourth"]);
  });

  it("can leave also a signal that cannot be left", () => {
    const { signal, abort } = controlled();
    signal.removeEventListener = () => {
      throw new TypeError("not implemented");
    };
    const unsubscribe = onAbort(signal, () => assert.fail());
    unsubscribe();
    abort();
  });
});

function controlled() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
