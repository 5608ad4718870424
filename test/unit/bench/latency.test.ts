import assert from "node:assert/strict";
import { it } from "node:test";
import { latency } from "../../../bench/measure-latency.js";

it("a stall counts for every get that was due meanwhile", async () => {
  let nowMs = 0;
  let calls = 0;
  const pass = async (ms: number) => {
    nowMs += ms;
  };
  const clock = { now: () => nowMs, pause: () => pass(1) };
  // The program stands still for 500 ms at the first get; every other get takes no time.
  const get = () => pass(calls++ === 0 ? 500 : 0);
  const { p50Us, p99Us } = await latency({ get }, { count: 1_000, perSecond: 1_000 }, clock);
  assert.equal(calls, 1_000);
  assert.ok(p99Us !== undefined && p99Us >= 480_000, `p99 is ${p99Us} µs`); // 10 of 1,000 waited longer
  assert.ok(p50Us !== undefined && p50Us < 5_000, `p50 is ${p50Us} µs`); // half were due after it
});
