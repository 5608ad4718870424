import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Choice } from "./choice.js";
import type { Libraries } from "./clients/client.js";
import type { ClientName } from "./clients/names.js";
import { coldStart, startTitles } from "./cold-start.js";
import { entryOf, versionOf } from "./entry.js";
import { FilledDaemon } from "./filled-daemon.js";
import { goVersions, removeGoWorker } from "./go-worker.js";
import { heading } from "./heading.js";
import { rowsOf } from "./judge.js";
import { largeCases, largeRows } from "./large.js";
import type { Measurement } from "./measurement.js";
import { DAEMON_RECORDS, plan, runtimePlan } from "./plan.js";
import { publish } from "./publish.js";
import { measure, type Samples } from "./rounds.js";
import { LIST_SIZES, scalingRow, scalings } from "./scaling.js";
import type { Server } from "./server.js";
import { Stub } from "./stub-process.js";
import { goals, headlineTable, peerTable, type Row, runtimeTable } from "./table.js";
import { validation } from "./validation.js";

// npm run bench -- [--short] [--before <version>] [--write] [--large] [text…]: everything, or the measurements with one
// of the texts in the title; --write puts the output into docs/benchmark.md and README.md; --large also measures very
// many records.
const { values, positionals } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    before: { type: "string" },
    write: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const form = values.short ? "short" : "full";
const rounds = values.short ? { coldStart: 6, scaling: 6, goals: 6 } : { coldStart: 40, scaling: 12, goals: 24 };
const absent = new Set<ClientName>();
const rows: Row[] = [];
const runtimeRows: Row[] = [];

const measured = [...plan, ...runtimePlan].filter(({ rounds }) => rounds[form] > 0);
const choice = new Choice(positionals, [
  ...measured.map(titleOf),
  ...startTitles,
  ...scalings.map(({ what }) => `Scaling: ${what}`),
  ...(values.large ? largeCases.map(({ title }) => `Large: ${title}`) : []),
]);

if (values.write && (values.short || values.large || positionals.length > 0)) {
  throw new Error("--write is only for everything in full form");
}

const scratch = await mkdtemp(join(tmpdir(), "bench-before-"));

try {
  await report();
} finally {
  await removeGoWorker();
  await rm(scratch, { recursive: true });
}

async function report(): Promise<void> {
  const go = await ifThere("grpc-go", goVersions());
  if (go === undefined) absent.add("grpc-go");
  const libraries = await builtLibraries();
  const sizes = [...plan, ...runtimePlan].map(({ records }) => records);
  using stub = await Stub.start(libraries, [...new Set([1, ...LIST_SIZES, ...sizes])]);
  const needsDaemon = plan.some((each) => each.server === "containerd" && isChosen(each));
  await using containerd = needsDaemon ? await startDaemon(libraries) : undefined;
  const servers = { stub, containerd, none: stub };
  for (const each of plan.filter(isChosen)) rows.push(...(await compared(each, servers[each.server])));
  rows.push(...(await attempt("Import", () => coldStart(rounds.coldStart, isNoted, stub.destination({ records: 1 })))));
  for (const each of scalings.filter(({ what }) => isNoted(`Scaling: ${what}`))) {
    const count = each.isGoal ? rounds.goals : rounds.scaling;
    const row = () => scalingRow(each, count, (records) => stub.destination({ records }));
    rows.push(...(await attempt(each.what, async () => [await row()])));
  }
  for (const each of largeCases.filter(({ title }) => values.large && isNoted(`Large: ${title}`))) {
    rows.push(...(await attempt(each.title, () => largeRows(each, libraries))));
  }
  for (const each of runtimePlan.filter(isChosen)) runtimeRows.push(...(await compared(each, stub)));
  const before = libraries.before && (await versionOf(libraries.before));
  const head = heading(form, [before, containerd?.version, go]);
  const tables = [goals(rows), peerTable(rows), runtimeTable(runtimeRows)].filter((text) => text !== "");
  const output = [head, ...tables].join("\n\n");
  console.log(output);
  if (values.write) await publish("docs/benchmark.md", output);
  if (values.write) await publish("README.md", `${head}\n\n${headlineTable(rows)}`);
}

/** The built library, and another version if one is given; this file runs as bench/out/bench/main.js. */
async function builtLibraries(): Promise<Libraries> {
  const library = new URL("../../../dist/js/index.js", import.meta.url).href;
  if (values.before !== undefined) return { library, before: await entryOf(values.before, scratch) };
  absent.add("before");
  return { library };
}

async function compared(measurement: Measurement, server: Server | undefined): Promise<readonly Row[]> {
  if (server === undefined) return [];
  const clients = measurement.clients.filter((client) => !absent.has(client));
  note(`${measurement.title}, ${measurement.server}: ${measurement.metrics.map(({ label }) => label).join(", ")}`);
  const present = { ...measurement, clients };
  const route = (client: ClientName) => server.destination(present, client);
  return attempt(measurement.title, async () => {
    const samples = await measure(present, measurement.rounds[form], route);
    return [...rowsOf(present, samples), ...(await validated(present, samples))];
  });
}

/** The rows, or one that says that it failed; the others are measured nevertheless. */
function attempt(title: string, rowsOfIt: () => Promise<readonly Row[]>): Promise<readonly Row[]> {
  return rowsOfIt().catch((error: unknown) => [failed(title, error)]);
}

function failed(title: string, error: unknown): Row {
  note(`${title} failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
  return { what: title, cells: { "containerd-images": "**failed**" }, findings: [] };
}

async function validated({ server, title, isWrite }: Measurement, samples: Samples): Promise<readonly Row[]> {
  if (server !== "stub" || !title.endsWith("64 in flight")) return [];
  const cpuUs = (samples.get("containerd-images") ?? []).map((figures) => figures.cpuUs ?? Number.NaN);
  return [await validation(isWrite ? "Create" : "Get", cpuUs)];
}

async function startDaemon(libraries: Libraries): Promise<FilledDaemon | undefined> {
  note(`Filling a containerd with ${DAEMON_RECORDS.toLocaleString("en")} records`);
  return ifThere("a real containerd", FilledDaemon.start(libraries, DAEMON_RECORDS));
}

/** What is made, or nothing and a note where it cannot be had. */
function ifThere<T>(what: string, made: Promise<T>): Promise<T | undefined> {
  return made.catch((error: unknown) => {
    note(`Without ${what}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  });
}

function isChosen(measurement: Measurement): boolean {
  return measured.includes(measurement) && choice.has(titleOf(measurement));
}

function titleOf({ title, server }: Measurement): string {
  return `${title}, ${server}`;
}

/** Whether the rows of a title are wanted; says so, because they are measured next. */
function isNoted(title: string): boolean {
  const isWanted = choice.has(title);
  if (isWanted) note(title);
  return isWanted;
}

function note(text: string): void {
  const seconds = Math.round(process.uptime());
  console.error(`· ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} ${text}`);
}
