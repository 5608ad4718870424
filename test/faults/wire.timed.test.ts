import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { usedBytes } from "./collect-garbage.js";
import { requests, run } from "./run.js";
import { scenarios } from "./scenarios/index.js";

// Every fault with every request, and each request again right after it. node:test itself fails on an uncaught
// exception and on an unhandled rejection.
describe("faults at the wire", { concurrency: 8 }, () => {
  const heapBytesBefore = usedBytes();

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
    const grownBytes = (await usedBytes()) - (await heapBytesBefore);
    assert.ok(grownBytes < 8 << 20, `the heap grew by ${grownBytes} bytes`);
  });
});
