import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { requests, run } from "./run.js";
import { scenarios } from "./scenarios/index.js";

// Every fault with every request, and once more right after. node:test itself fails on an uncaught exception and on an
// unhandled rejection.
describe("faults at the wire", { concurrency: 8 }, () => {
  const heapBytesBefore = usedHeapBytes();

  for (const scenario of scenarios) {
    it(scenario.name, async () => {
      for (const [method, request] of requests) {
        const { first, second, openConnections } = await run(scenario, method, request);
        assert.equal(first, scenario.first, `${method.name}: the first call`);
        assert.equal(second, scenario.second, `${method.name}: the call right after`);
        assert.equal(openConnections, 0, `${method.name}: connections left`);
      }
    });
  }

  after(async () => {
    assert.ok(scenarios.length >= 120);
    const grownBytes = (await usedHeapBytes()) - (await heapBytesBefore);
    assert.ok(grownBytes < 8 << 20, `the heap grew by ${grownBytes} bytes`);
  });
});

// Node frees the native half of a session some turns after its JavaScript half.
async function usedHeapBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collectGarbage: unknown = runInNewContext("gc");
  assert.ok(typeof collectGarbage === "function");
  for (let i = 0; i < 4; i += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
