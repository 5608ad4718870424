import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { Destination } from "./clients/client.js";
import type { Figures } from "./job.js";
import { settledBytes } from "./measure-heap.js";
import { record } from "./records.js";
import { timed } from "./usage.js";

// What this library costs with very many records.

const UPDATES = 50;
const RESYNC_MS = 3_000;
const POLL_MS = 20;

type Library = typeof import("../dist/types/src/index.js");
type Client = InstanceType<Library["ImagesClient"]>;
type Image = Awaited<ReturnType<Client["list"]>>[number];
type Cache = ReturnType<Client["cache"]>;

/** A cache that is filled, follows updates of another client, and lists again. */
export async function cache(destination: Destination, records: number): Promise<Figures> {
  await using images = await clientOf(destination);
  await using writer = await clientOf(destination);
  const before = await settledBytes();
  const cached = images.cache({ resyncIntervalMs: RESYNC_MS });
  const filling = await costOf(records, () => cached.ready);
  const { wallUs: updateUs } = await timed(UPDATES, async () => {
    for (let index = 0; index < UPDATES; index++) await seenUpdate(writer, cached, record(index).name, String(index));
  });
  const resync = await costOf(records, () => listedAgain(cached));
  const keptBytes = ((await settledBytes()) - before) / records;
  await cached.close();
  return { ...filling, updateUs, resyncUs: resync.cpuUs, resyncStallUs: resync.stallUs, keptBytes };
}

/** Many records deleted, and the text of the error that rejects as many. */
export async function deleteMany(destination: Destination, records: number): Promise<Figures> {
  await using images = await clientOf(destination);
  const all = await images.list();
  const figures = await costOf(records, async () => {
    const { results } = await images.deleteMany(all);
    if (results.some(({ status }) => status !== "deleted")) throw new Error("not all records were deleted");
  });
  return { ...figures, textLength: await rejection(images, all) };
}

async function rejection(images: Client, all: readonly Image[]): Promise<number> {
  const unnamed = all.map((image) => ({ ...image, name: "" }));
  const error: unknown = await images.deleteMany(unnamed).catch((reason: unknown) => reason);
  if (!(error instanceof Error) || error.name !== "ValidationError") throw new Error(`not rejected, but ${error}`);
  return error.message.length;
}

/** The diagnosis of an empty namespace beside very many others. */
export async function diagnose(destination: Destination): Promise<Figures> {
  await using images = await clientOf({ ...destination, namespace: "empty" });
  let textLength = 0;
  const figures = await costOf(1, async () => {
    textLength = String(await images.diagnose()).length;
  });
  return { ...figures, textLength };
}

async function clientOf({ library, socketPath, namespace }: Destination): Promise<Client> {
  const { ImagesClient } = (await import(library)) as Library; // the parent names it
  return new ImagesClient({ namespace, address: socketPath });
}

async function seenUpdate(writer: Client, cached: Cache, name: string, value: string): Promise<void> {
  await writer.update(name, { labels: { update: value } });
  while (cached.get(name)?.labels["update"] !== value) await setImmediate();
}

async function listedAgain(cached: Cache): Promise<void> {
  const last = cached.lastSyncedAt;
  while (cached.lastSyncedAt === last) await setTimeout(POLL_MS);
}

/** CPU and time per unit, and the longest time for which the event loop was blocked. */
async function costOf(units: number, action: () => Promise<unknown>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cost = await timed(units, action);
  delay.disable();
  return { ...cost, stallUs: delay.max / 1_000 };
}
