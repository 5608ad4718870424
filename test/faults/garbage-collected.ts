import assert from "node:assert/strict";
import { requests, run } from "./run.js";
import { scenarios } from "./scenarios/index.js";

// Run as a process of its own with --expose-gc: the peer sends only half a header block, and garbage is collected all
// the time, also in the tick in which the session ends.
const { gc } = globalThis;
assert.ok(gc !== undefined, "run with --expose-gc");
const collecting = setInterval(() => gc(), 1).unref();
for (const scenario of scenarios.filter(({ name }) => name.includes("between HEADERS and CONTINUATION"))) {
  for (const [method, request] of requests) await run(scenario, method, request);
}
clearInterval(collecting); // tsx may still look through its cache, with one turn for each 32 of many thousand files
