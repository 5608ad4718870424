import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkQueue } from "../../../src/watch/work-queue.js";

describe("WorkQueue", () => {
  it("hands out names once, in the order in which they changed first", async () => {
    const hints = new WorkQueue();
    for (const name of ["a", "b", "a"]) hints.changed(name);
    assert.deepEqual([await hints.next(), await hints.next(), hints.size], [{ name: "a" }, { name: "b" }, 0]);
  });

  it("wakes who waits", async () => {
    const hints = new WorkQueue();
    const task = hints.next();
    hints.changed("a");
    assert.deepEqual(await task, { name: "a" });
  });

  it("asks for everything instead of more than 1000 names", async () => {
    const hints = new WorkQueue();
    for (let i = 0; i < 1_000; i += 1) hints.changed(`app:${i}`);
    assert.equal(hints.size, 1_000);
    for (let i = 1_000; i < 50_000; i += 1) hints.changed(`app:${i}`);
    assert.equal(hints.size, 0);
    assert.equal(await hints.next(), "everything");
    hints.changed("later");
    assert.deepEqual(await hints.next(), { name: "later" });
  });

  it("lets everything take the place of single names, and a failure that of all", async () => {
    const hints = new WorkQueue();
    hints.changed("a");
    hints.everything();
    assert.equal(await hints.next(), "everything");
    hints.changed("b");
    hints.everything();
    hints.fail(new Error("first"));
    hints.fail(new Error("second"));
    await assert.rejects(hints.next(), /first/);
    await assert.rejects(hints.next(), /first/);
  });
});
