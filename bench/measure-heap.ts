import { setTimeout } from "node:timers/promises";
import type { BenchClient } from "./clients/client.js";
import type { Figures } from "./job.js";
import { record } from "./records.js";
import { median } from "./statistics.js";

const QUIET_MS = 100;
const KEPT_LISTS = 3;
const GARBAGE_SAMPLES = 5;
const MOST_COLLECTIONS = 20;
const SETTLED_BYTES = 4_096;
const WAITING = 5_000;
const MICROTASKS = 100;
/** Records between two measurements of the live heap; each takes a collection. */
const STEP = 2_000;
const { name } = record(0);

/** Bytes per record that a list takes while its caller keeps it: the median of several that are kept together. */
export async function heap(client: BenchClient): Promise<Figures> {
  await client.list().then(() => undefined); // so that nothing refers to it
  const kept: (readonly unknown[])[] = [];
  const perRecord: number[] = [];
  let before = await settledBytes();
  while (kept.length < KEPT_LISTS) {
    const images = await client.list();
    kept.push(images);
    const after = await settledBytes();
    perRecord.push((after - before) / images.length);
    before = after;
  }
  return { keptBytes: positive(median(perRecord)) };
}

/** How many responses are in the heap at most, of those that a list comes in: they have the same size. */
export async function iterate(client: BenchClient): Promise<Figures> {
  const parts = 2;
  const oneResponse = (await bytesOfList(client)) / parts;
  const before = await settledBytes();
  let most = 0;
  let count = 0;
  for await (const _ of client.iterate?.() ?? []) {
    if (count++ % STEP === 0) most = Math.max(most, liveBytes() - before);
  }
  return { peakResponses: most / oneResponse };
}

async function bytesOfList(client: BenchClient): Promise<number> {
  await client.list().then(() => undefined);
  const before = await settledBytes();
  const images = await client.list();
  const after = await settledBytes();
  return positive(images.length > 0 ? after - before : Number.NaN);
}

/**
 * Bytes per get that waits: what further gets add when others fill all places (64 by default) already. The event loop does
 * not turn meanwhile, so no response arrives and nothing else is freed.
 */
export async function waiting(client: BenchClient): Promise<Figures> {
  await Promise.all(Array.from({ length: 2 * WAITING }, () => client.get(name))); // what stays allocated counts once
  await settledBytes();
  const calls: Promise<unknown>[] = [];
  const few = await bytesWith(WAITING, calls, client);
  const many = await bytesWith(2 * WAITING, calls, client);
  await Promise.all(calls);
  return { keptBytes: positive((many - few) / WAITING) };
}

async function bytesWith(count: number, calls: Promise<unknown>[], client: BenchClient): Promise<number> {
  while (calls.length < count) calls.push(client.get(name));
  for (let turn = 0; turn < MICROTASKS; turn++) await undefined; // each call goes as far as it can
  return liveBytes();
}

/**
 * The garbage of consecutive gets. It can only be measured in a process whose young generation has room for all of it,
 * which needs a large `--min-semi-space-size`. Some streams of node:http2 are freed only by a later collection, at once, so
 * the median of several counts.
 */
export async function garbage(client: BenchClient, count: number): Promise<Figures> {
  await repeatedly(count, () => client.get(name));
  const samples: { readonly allocated: number; readonly surviving: number }[] = [];
  while (samples.length < GARBAGE_SAMPLES) samples.push(await oneGarbage(client, count));
  const allocatedBytes = median(samples.map(({ allocated }) => allocated)) / count;
  const survivingBytes = median(samples.map(({ surviving }) => surviving)) / count;
  return { allocatedBytes, survivingBytes };
}

async function oneGarbage(client: BenchClient, count: number) {
  await collect("major");
  const before = process.memoryUsage().heapUsed;
  await repeatedly(count, () => client.get(name));
  const allocated = process.memoryUsage().heapUsed - before;
  await collect("minor");
  return { allocated, surviving: process.memoryUsage().heapUsed - before };
}

/** Memory of this process, now and at its highest. */
export async function memory(): Promise<Figures> {
  return { rssBytes: process.memoryUsage().rss, peakBytes: process.resourceUsage().maxRSS * 1_024 };
}

/** The live heap when it no longer shrinks: a response is still referred to for a while after its call has ended. */
async function settledBytes(): Promise<number> {
  let last = Number.POSITIVE_INFINITY;
  for (let count = 0; count < MOST_COLLECTIONS; count++) {
    await setTimeout(QUIET_MS);
    const bytes = liveBytes();
    if (Math.abs(last - bytes) <= SETTLED_BYTES) return bytes;
    last = bytes;
  }
  throw new Error(`the heap still changes after ${MOST_COLLECTIONS} collections`);
}

// Buffers are freed only by the second collection.
function liveBytes(): number {
  collectNow("major");
  collectNow("major");
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function positive(bytes: number): number {
  if (!(bytes > 0)) throw new Error(`${bytes} bytes cannot be: something else was freed meanwhile`);
  return bytes;
}

async function collect(type: "major" | "minor"): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await setTimeout(QUIET_MS);
    collectNow(type);
  }
  await setTimeout(QUIET_MS);
}

function collectNow(type: "major" | "minor"): void {
  if (globalThis.gc === undefined) throw new Error("workers run with --expose-gc");
  globalThis.gc({ type, execution: "sync" });
}

async function repeatedly(count: number, action: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await action();
}
