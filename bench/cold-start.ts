import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Random } from "../test/support/random.js";
import type { Destination } from "./clients/client.js";
import { type ClientName, clientNames } from "./clients/names.js";
import type { Figures } from "./job.js";
import { rowsOf } from "./judge.js";
import type { Metric } from "./measurement.js";
import { shuffled } from "./records.js";
import type { Samples } from "./rounds.js";
import type { Row } from "./table.js";

const run = promisify(execFile);
const random = new Random(Date.now());

// This file runs as bench/out/bench/cold-start.js.
const root = fileURLToPath(new URL("../../..", import.meta.url));

const targets = [1.2, 0.8].map((atMost) => ({ peers: "grpc-js + proto-loader", atMost }) as const);
const metrics: readonly Metric[] = [
  { figure: "wallUs", label: "time", unit: "ms", targets },
  { figure: "cpuUs", label: "CPU", unit: "ms", targets },
];

/**
 * The cost for a new process to import a client, which is installed as a user installs it, and to make its first call.
 */
export async function coldStart(rounds: number, destination: Destination): Promise<readonly Row[]> {
  const dir = await mkdtemp(join(tmpdir(), "bench-installed-"));
  try {
    const samples = await measure(rounds, { ...destination, library: await installed(dir) });
    return rowsOf({ title: "Import and first call", server: "stub", metrics }, samples);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Packs this library and installs it in a folder; gives the address of what `import` finds there. */
async function installed(dir: string): Promise<string> {
  await run("npm", ["pack", "--pack-destination", dir], { cwd: root });
  const [tarball = ""] = await readdir(dir);
  await writeFile(join(dir, "package.json"), "{}");
  await run("npm", ["install", "--no-audit", "--no-fund", `./${tarball}`], { cwd: dir });
  return pathToFileURL(createRequire(join(dir, "package.json")).resolve("containerd-images")).href;
}

async function measure(rounds: number, destination: Destination): Promise<Samples> {
  const samples = new Map(clientNames.map((client): [ClientName, Figures[]] => [client, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const client of shuffled(clientNames, random)) {
      const figures = await firstCall(client, destination);
      if (round > 0) samples.get(client)?.push(figures); // the first one reads the files from the disk
    }
  }
  return samples;
}

async function firstCall(client: ClientName, destination: Destination): Promise<Figures> {
  const path = (name: string) => new URL(name, import.meta.url);
  const args = [fileURLToPath(path("first-call.js")), path(`clients/${client}.js`).href, JSON.stringify(destination)];
  const { stdout } = await run(process.execPath, args);
  return JSON.parse(stdout) as Figures; // first-call.ts prints nothing else
}
