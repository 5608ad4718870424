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
/** Gets that are added at a time, and how often. */
const WAITING = 2_000;
const WAITING_STEPS = 6;
const MICROTASKS = 100;
/** Responses that a list comes in which is iterated over. */
const PARTS = 2;
/** Records between two measurements of the live heap; each takes a collection. */
const STEP = 2_000;
const { name } = record(0);

/** Bytes per record that a list takes while its caller keeps it: the median of several that are kept together. */
export async function heap(client: BenchClient): Promise<Figures> {
  await listOnce(client);
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

// In a function of its own: a function that waits refers to what it has used, until it has ended.
async function listOnce(client: BenchClient): Promise<void> {
  await client.list();
}

/** How many responses are in the heap at most, of those that a list comes in: they have the same size. */
export async function iterate(client: BenchClient): Promise<Figures> {
  await peakOfIterate(client); // what stays allocated counts once
  const peak = await peakOfIterate(client);
  const { keptBytes = Number.NaN } = await heap(client);
  return { peakResponses: peak.bytes / (keptBytes * (peak.count / PARTS)) };
}

async function peakOfIterate(client: BenchClient): Promise<{ readonly bytes: number; readonly count: number }> {
  const before = await settledBytes();
  let bytes = 0;
  let count = 0;
  for await (const _ of client.iterate?.() ?? []) {
    if (count++ % STEP === 0) bytes = Math.max(bytes, (await liveBytes()) - before);
  }
  return { bytes, count };
}

/**
 * Bytes per get that waits: what further gets add when others fill all places (64 by default) already. The event loop
 * does not turn meanwhile, so no response arrives and nothing else is freed. The median of several steps leaves out
 * those in which an array grows.
 */
export async function waiting(client: BenchClient): Promise<Figures> {
  await getAtOnce(client, WAITING_STEPS * WAITING); // what stays allocated counts once
  await settledBytes();
  const calls: Promise<unknown>[] = [];
  const perGet: number[] = [];
  let before = await bytesWith(WAITING, calls, client);
  while (calls.length < WAITING_STEPS * WAITING) {
    const after = await bytesWith(calls.length + WAITING, calls, client);
    perGet.push((after - before) / WAITING);
    before = after;
  }
  await Promise.all(calls);
  return { keptBytes: positive(median(perGet)) };
}

async function getAtOnce(client: BenchClient, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => client.get(name)));
}

async function bytesWith(count: number, calls: Promise<unknown>[], client: BenchClient): Promise<number> {
  while (calls.length < count) calls.push(client.get(name));
  for (let turn = 0; turn < MICROTASKS; turn++) await undefined; // each call goes as far as it can
  collectNow("major");
  collectNow("major");
  return heapBytes();
}

/**
 * The garbage of consecutive gets. It can only be measured in a process whose young generation has room for all of it,
 * which needs a large `--min-semi-space-size`. Some streams of node:http2 are freed only by a later collection, at
 * once, so the median of several counts.
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

/** The live heap when it no longer changes: what belongs to a call is freed a little after its end. */
export async function settledBytes(): Promise<number> {
  let last = Number.POSITIVE_INFINITY;
  for (let count = 0; count < MOST_COLLECTIONS; count++) {
    await setTimeout(QUIET_MS);
    const bytes = await liveBytes();
    if (Math.abs(last - bytes) <= SETTLED_BYTES) return bytes;
    last = bytes;
  }
  throw new Error(`the heap still changes after ${MOST_COLLECTIONS} collections`);
}

/**
 * The live heap. Only a collection in a turn of its own frees all streams of node:http2 and what they refer to, and the
 * first one frees no buffers.
 */
async function liveBytes(): Promise<number> {
  for (let count = 0; count < 2; count++) await collector()({ type: "major", execution: "async" });
  return heapBytes();
}

function heapBytes(): number {
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
  collector()({ type, execution: "sync" });
}

function collector(): NonNullable<typeof globalThis.gc> {
  if (globalThis.gc === undefined) throw new Error("workers run with --expose-gc");
  return globalThis.gc;
}

async function repeatedly(count: number, action: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await action();
}
