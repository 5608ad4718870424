import { parseArgs } from "node:util";
import { coldStart } from "./cold-start.js";
import { FilledDaemon } from "./filled-daemon.js";
import { heading } from "./heading.js";
import { rowsOf } from "./judge.js";
import type { Measurement } from "./measurement.js";
import { DAEMON_RECORDS, plan } from "./plan.js";
import { measure } from "./rounds.js";
import { LIST_SIZES, scaling } from "./scaling.js";
import type { Server } from "./server.js";
import { median } from "./statistics.js";
import { Stub } from "./stub-process.js";
import { markdown, type Row } from "./table.js";
import { validation } from "./validation.js";

// npm run bench -- [--short] [text…]: everything, or the measurements with one of the texts in the title.
const { values, positionals } = parseArgs({
  options: { short: { type: "boolean", default: false } },
  allowPositionals: true,
});
// The built library; this file runs as bench/out/bench/main.js.
const library = new URL("../../../dist/js/index.js", import.meta.url).href;
const form = values.short ? "short" : "full";
const chosen = plan.filter((each) => each.rounds[form] > 0 && isWanted(`${each.title}, ${each.server}`));

console.log(await report());

async function report(): Promise<string> {
  using stub = await Stub.start(library, [...new Set([1, ...LIST_SIZES, ...plan.map(({ records }) => records)])]);
  await using containerd = chosen.some(({ server }) => server === "containerd") ? await startDaemon() : undefined;
  const servers = { stub, containerd };
  const rows: Row[] = [];
  for (const measurement of chosen) {
    const server = servers[measurement.server];
    if (server !== undefined) rows.push(...(await compared(measurement, server)));
  }
  if (isWanted("Import and first call")) rows.push(...(await started(stub)));
  if (isWanted("Scaling") && form === "full") rows.push(...(await scaled(stub)));
  return `${heading(form, containerd?.version)}\n\n${markdown(rows)}`;
}

async function compared(measurement: Measurement, server: Server): Promise<readonly Row[]> {
  const { title, isWrite, rounds, metrics } = measurement;
  note(`${title}, ${measurement.server}: ${metrics.map(({ label }) => label).join(", ")}`);
  const samples = await measure(measurement, rounds[form], (client) => server.destination(measurement, client));
  const rows = rowsOf(measurement, samples);
  if (measurement.server !== "stub" || !title.endsWith("64 in flight")) return rows;
  const cpuUs = median((samples.get("containerd-images") ?? []).map((figures) => figures.cpuUs ?? Number.NaN));
  return [...rows, await validation(isWrite ? "Create" : "Get", cpuUs)];
}

function started(stub: Stub): Promise<readonly Row[]> {
  note("Import and first call");
  return coldStart(form === "full" ? 15 : 3, stub.destination({ records: 1 }));
}

function scaled(stub: Stub): Promise<readonly Row[]> {
  note("Scaling");
  return scaling(5, (records) => stub.destination({ records }));
}

async function startDaemon(): Promise<FilledDaemon | undefined> {
  note(`Filling a containerd with ${DAEMON_RECORDS.toLocaleString("en")} records`);
  try {
    return await FilledDaemon.start(library, DAEMON_RECORDS);
  } catch (error) {
    note(`Without a real containerd: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

function isWanted(title: string): boolean {
  return positionals.length === 0 || positionals.some((text) => title.toLowerCase().includes(text.toLowerCase()));
}

function note(text: string): void {
  console.error(`· ${text}`);
}
