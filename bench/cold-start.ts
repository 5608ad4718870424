import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Random } from "../test/support/random.js";
import type { Destination } from "./clients/client.js";
import { type ClientName, peerNames } from "./clients/names.js";
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

/** Something that a new process does, for each of the clients. */
interface Start {
  readonly title: string;
  readonly clients: readonly ClientName[];
  readonly metrics: readonly Metric[];
  /** The program and its arguments. */
  command(client: ClientName, destination: Destination): readonly [string, ...string[]];
}

const likeProtoLoader = [1.2, 0.8].map((atMost) => ({ peers: "grpc-js + proto-loader", atMost }) as const);

const starts: readonly Start[] = [
  {
    title: "Import and first call",
    clients: peerNames.filter((client) => client !== "before" && client !== "grpc-go"), // Go imports nothing
    metrics: [
      { figure: "wallUs", label: "time", unit: "ms", targets: likeProtoLoader },
      { figure: "cpuUs", label: "CPU", unit: "ms", targets: likeProtoLoader },
    ],
    command: (client, destination) => {
      return [fileOf("first-call.js"), urlOf(`clients/${client}.js`), JSON.stringify(destination)];
    },
  },
  {
    title: "Import alone",
    clients: ["containerd-images", "node-http2"],
    metrics: [
      { figure: "cpuUs", label: "CPU", unit: "ms", targets: [{ peers: "node:http2", atMost: 2.9, isGoal: true }] },
    ],
    command: (client, { library }) => [fileOf("import.js"), client === "node-http2" ? "node:http2" : library],
  },
];

export const startTitles: readonly string[] = starts.map(({ title }) => title);

/**
 * What a new process costs that imports a client, which is installed as a user installs it; without and with a call.
 */
export async function coldStart(
  rounds: number,
  isWanted: (title: string) => boolean,
  destination: Destination,
): Promise<readonly Row[]> {
  const wanted = starts.filter(({ title }) => isWanted(title));
  if (wanted.length === 0) return [];
  const dir = await mkdtemp(join(tmpdir(), "bench-installed-"));
  const rows: Row[] = [];
  try {
    const to = { ...destination, library: await installed(dir) };
    for (const start of wanted) rows.push(...rowsOf({ ...start, server: "stub" }, await measure(start, rounds, to)));
    return rows;
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
  return pathToFileURL(join(dir, "node_modules/containerd-images/dist/js/index.js")).href;
}

async function measure({ clients, command }: Start, rounds: number, destination: Destination): Promise<Samples> {
  const samples = new Map(clients.map((client): [ClientName, Figures[]] => [client, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const client of shuffled(clients, random)) {
      const { stdout } = await run(process.execPath, command(client, destination));
      const figures = JSON.parse(stdout) as Figures; // the programs print nothing else
      if (round > 0) samples.get(client)?.push(figures); // the first one reads the files from the disk
    }
  }
  return samples;
}

function urlOf(name: string): string {
  return new URL(name, import.meta.url).href;
}

function fileOf(name: string): string {
  return fileURLToPath(urlOf(name));
}
