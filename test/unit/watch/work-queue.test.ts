import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WorkQueue } from "../../../src/watch/work-queue.js";

describe("WorkQueue", () => {
  it("returns each name once, in the order in which they were first added", async () => {
    const queue = new WorkQueue();
    for (const name of ["a", "b", "a"]) queue.add(name);
    assert.deepEqual([await queue.get(), await queue.get(), queue.size], [{ name: "a" }, { name: "b" }, 0]);
  });

  it("wakes a get that waits", async () => {
    const queue = new WorkQueue();
    const task = queue.get();
    queue.add("a");
    assert.deepEqual(await task, { name: "a" });
  });

  it("asks for a relist instead of more than 1000 names", async () => {
    const queue = new WorkQueue();
    for (let i = 0; i < 1_000; i += 1) queue.add(`app:${i}`);
    assert.equal(queue.size, 1_000);
    queue.add("app:1000");
    assert.equal(queue.size, 0);
    for (let i = 1_001; i < 50_000; i += 1) queue.add(`app:${i}`);
    assert.equal(queue.size, 0);
    assert.equal(await queue.get(), "relist");
    queue.add("later");
    assert.deepEqual(await queue.get(), { name: "later" });
  });

  it("puts a relist before single names, and a shutdown before both", async () => {
    const queue = new WorkQueue();
    queue.add("a");
    queue.requestRelist();
    assert.equal(await queue.get(), "relist");
    queue.add("b");
    queue.requestRelist();
    queue.shutDown(new Error("first"));
    queue.shutDown(new Error("second"));
    await assert.rejects(queue.get(), /first/);
    await assert.rejects(queue.get(), /first/);
  });
});
