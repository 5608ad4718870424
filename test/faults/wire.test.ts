import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { usedBytes } from "./collect-garbage.js";
import { requests, run } from "./run.js";
import { groupsOf, outdatedNode } from "./scenario.js";
import { scenarios } from "./scenarios/index.js";

// Every fault with every request, and each request again right after it. node:test itself fails on an uncaught
// exception and on an unhandled rejection.
describe("faults at the wire", { skip: outdatedNode }, () => {
  let bytesBefore = 0;
  before(async () => {
    bytesBefore = await usedBytes();
  });

  for (const { concurrency, scenarios: some } of groupsOf(scenarios))
    describe("with every request", { concurrency }, () => {
      for (const scenario of some) {
        it(scenario.name, async () => {
          const reports = await Promise.all(requests.map(([method, request]) => run(scenario, method, request)));
          for (const [index, [{ name }]] of requests.entries()) {
            assert.equal(reports[index]?.first, scenario.first, `${name}: the first call`);
            assert.equal(reports[index]?.second, scenario.second, `${name}: the call right after`);
            assert.equal(reports[index]?.openConnections, 0, `${name}: connections left`);
          }
        });
      }
    });

  after(async () => {
    assert.ok(scenarios.length >= 120);
    const grownBytes = (await usedBytes()) - bytesBefore;
    assert.ok(grownBytes < 8 << 20, `the heap grew by ${grownBytes} bytes`);
  });
});
