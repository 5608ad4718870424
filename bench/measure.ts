import { setTimeout } from "node:timers/promises";
import type { BenchClient } from "./clients/client.js";
import type { Figures } from "./job.js";
import { record } from "./records.js";
import { timed } from "./usage.js";

const QUIET_MS = 100;
const { name } = record(0);

/** One list after the other: CPU and time of each. */
export function list(client: BenchClient, count: number): Promise<Figures> {
  return timed(count, () => repeatedly(count, () => client.list()));
}

/** The longest gap between two turns of the event loop while a list runs. */
export async function stall(client: BenchClient): Promise<Figures> {
  let isOver = false;
  let longestMs = 0;
  let last = performance.now();
  const turn = () => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await client.list();
  isOver = true;
  turn();
  return { stallUs: longestMs * 1_000 };
}

/** Bytes per record that a list takes while its caller keeps it. */
export async function heap(client: BenchClient): Promise<Figures> {
  await client.list().then(() => undefined); // so that nothing refers to it
  const before = await keptBytes();
  const images = await client.list();
  return { keptBytes: ((await keptBytes()) - before) / images.length };
}

/**
 * The garbage of consecutive gets. It can only be measured in a process whose young generation has room for all of it,
 * which needs a large `--min-semi-space-size`.
 */
export async function garbage(client: BenchClient, count: number): Promise<Figures> {
  await repeatedly(count, () => client.get(name));
  await collect();
  const before = process.memoryUsage().heapUsed;
  await repeatedly(count, () => client.get(name));
  const allocated = process.memoryUsage().heapUsed - before;
  await collect("minor");
  const surviving = process.memoryUsage().heapUsed - before;
  return { allocatedBytes: allocated / count, survivingBytes: surviving / count };
}

async function keptBytes(): Promise<number> {
  await collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// After a call has ended, its response is still referred to for some turns of the event loop, and buffers are freed
// only by the second collection.
async function collect(type: "major" | "minor" = "major"): Promise<void> {
  if (globalThis.gc === undefined) throw new Error("workers run with --expose-gc");
  for (let round = 0; round < 2; round++) {
    await setTimeout(QUIET_MS);
    globalThis.gc({ type, execution: "sync" });
  }
  await setTimeout(QUIET_MS);
}

async function repeatedly(count: number, action: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await action();
}

/** Memory of this process, now and at its highest. */
export async function memory(): Promise<Figures> {
  return { rssBytes: process.memoryUsage().rss, peakBytes: process.resourceUsage().maxRSS * 1_024 };
}
