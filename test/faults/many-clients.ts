import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient } from "../../src/index.js";
import { usageAfterCollection } from "./collect-garbage.js";

// Run as a process of its own: prints what a client takes of this process, for COUNT of them at the same time: before
// the first call, with an open connection, and with a watch. Memory is the resident memory in kB. With IDLE_S, also the
// CPU time that all clients together take while nothing happens for so many seconds, in ms per minute.
const { COUNT = "1000", IDLE_S = "0", ADDRESS = "", CA, CERT, KEY } = process.env;
const count = Number(COUNT);
const makeClient = () =>
  new ImagesClient({
    namespace: "default",
    address: ADDRESS,
    timeoutMs: 300_000, // all watches begin at once, and a busy machine takes long for a thousand
    tls: CA === undefined ? undefined : { ca: CA, cert: CERT, key: KEY },
  });
const watch = async (client: ImagesClient) => {
  const events = client.watch();
  await events.next();
  void events.next().catch(() => undefined);
};

// The code itself is loaded and compiled by then.
for (let i = 0; i < 50; i += 1) {
  await using client = makeClient();
  await client.find("app:1");
  if (i === 0) await watch(client);
}

const before = await usage();
const clients = Array.from({ length: count }, makeClient);
const idle = await usage();
for (const client of clients) await client.find("app:1");
const connected = await usage();
await Promise.all(clients.map(watch));
const watching = await usage();
const kbPerClient = (bytes: number) => Math.round((bytes - before.bytes) / 1024 / count);
console.log(
  JSON.stringify({
    processMb: Math.round(before.bytes / 1024 / 1024),
    idleKb: kbPerClient(idle.bytes),
    connectedKb: kbPerClient(connected.bytes),
    watchingKb: kbPerClient(watching.bytes),
    files: connected.files - before.files,
    ...(IDLE_S !== "0" && { connectedCpuMs: connected.cpuMs, watchingCpuMs: watching.cpuMs }),
  }),
);
process.exit();

async function usage() {
  const { rss } = await usageAfterCollection();
  return { bytes: rss, files: openFiles(), cpuMs: IDLE_S === "0" ? 0 : await cpuMsPerMinute(Number(IDLE_S)) };
}

function openFiles(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
}

async function cpuMsPerMinute(seconds: number): Promise<number> {
  const start = process.cpuUsage();
  await sleep(seconds * 1_000);
  const { user, system } = process.cpuUsage(start);
  return Math.round(((user + system) / 1_000 / seconds) * 60);
}
