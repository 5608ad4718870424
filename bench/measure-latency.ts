import { setImmediate } from "node:timers/promises";
import type { BenchClient } from "./clients/client.js";
import type { Figures, Job } from "./job.js";
import { record } from "./records.js";

/** The time, in milliseconds, and a pause of at most a millisecond. */
interface Clock {
  now(): number;
  pause(): Promise<unknown>;
}

// No timer: those of Node are up to a millisecond late, which is more than most gets take.
const ownClock: Clock = { now: () => performance.now(), pause: () => setImmediate() };
const { name } = record(0);

/**
 * Gets at a fixed rate, as from many independent users (an open loop). A get is due at its time even if earlier ones
 * are late, and its latency counts from then on: so a stall counts for every get that had to wait for its end, and not
 * only for the one that it has hit.
 */
export async function latency(
  client: Pick<BenchClient, "get">,
  { count, perSecond }: Pick<Job & { readonly kind: "latency" }, "count" | "perSecond">,
  clock = ownClock,
): Promise<Figures> {
  const latenciesMs = new Float64Array(count);
  const started = clock.now();
  const call = async (index: number) => {
    await client.get(name);
    latenciesMs[index] = clock.now() - (started + dueMs(index, perSecond));
  };
  const calls: Promise<void>[] = [];
  while (calls.length < count) {
    const elapsedMs = clock.now() - started;
    while (calls.length < count && dueMs(calls.length, perSecond) <= elapsedMs) calls.push(call(calls.length));
    await clock.pause();
  }
  await Promise.all(calls);
  latenciesMs.sort();
  return { p50Us: percentile(latenciesMs, 0.5), p99Us: percentile(latenciesMs, 0.99) };
}

function dueMs(index: number, perSecond: number): number {
  return (index * 1_000) / perSecond;
}

function percentile(sortedMs: Float64Array, share: number): number {
  return (sortedMs[Math.floor(sortedMs.length * share)] ?? Number.NaN) * 1_000;
}
