import { fork } from "node:child_process";
import { once } from "node:events";
import type { Libraries } from "./clients/client.js";
import type { Figures, Job } from "./job.js";
import { rounded } from "./judge.js";
import type { Finding, Row } from "./table.js";
import { WorkerProcess } from "./worker-process.js";

// This library alone with very many records, against the service in memory in a process of its own. Each case runs
// once, so there is no interval; the limits only show what to look at.

const MOST_STALL_MS = 50;
const MOST_CHARACTERS = 10_000;

interface Cell {
  readonly label: string;
  readonly figure: keyof Figures;
  readonly unit: "µs" | "ms" | "bytes" | "characters";
  readonly atMost?: number;
}

interface LargeCase {
  readonly title: string;
  readonly job: Job & { readonly records: number };
  readonly cells: readonly Cell[];
}

const cpu = { label: "CPU per record", figure: "cpuUs", unit: "µs" } as const;
const stall = {
  label: "longest stall of the event loop",
  figure: "stallUs",
  unit: "ms",
  atMost: MOST_STALL_MS,
} as const;
const text = { figure: "textLength", unit: "characters", atMost: MOST_CHARACTERS } as const;

export const largeCases: readonly LargeCase[] = [
  cacheOf(20_000),
  cacheOf(200_000),
  {
    title: "deleteMany of 50,000",
    job: { kind: "deleteMany", records: 50_000 },
    cells: [cpu, stall, { ...text, label: "text of the error if all are wrong" }],
  },
  {
    title: "diagnose beside 10,000 namespaces",
    job: { kind: "diagnose", records: 10_000 },
    cells: [{ ...cpu, label: "CPU", unit: "ms" }, stall, { ...text, label: "its text" }],
  },
];

function cacheOf(records: number): LargeCase {
  const cells: readonly Cell[] = [
    cpu,
    stall,
    { label: "heap per record", figure: "keptBytes", unit: "bytes" },
    { label: "time until an update is seen", figure: "updateUs", unit: "ms" },
    { label: "CPU per record of a list that is repeated", figure: "resyncUs", unit: "µs" },
    { ...stall, label: "longest stall while a list is repeated", figure: "resyncStallUs" },
  ];
  return { title: `Cache of ${records.toLocaleString("en")}`, job: { kind: "cache", records }, cells };
}

/** Measures a case; one row for each of its figures. */
export async function largeRows({ title, job, cells }: LargeCase, libraries: Libraries): Promise<readonly Row[]> {
  const service = fork(new URL("large-service.js", import.meta.url), [testingOf(libraries)], { execArgv: [] });
  try {
    const [socketPath] = (await once(service, "message")) as [string]; // it sends nothing else
    const destination = { ...libraries, socketPath, namespace: String(job.records) };
    await using worker = await WorkerProcess.start("containerd-images", destination);
    const figures = await worker.run(job);
    return cells.map((cell) => rowOf(title, cell, figures));
  } finally {
    service.disconnect();
  }
}

function testingOf({ library }: Libraries): string {
  return new URL("testing.js", library).href;
}

function rowOf(title: string, { label, figure, unit, atMost }: Cell, figures: Figures): Row {
  const value = (figures[figure] ?? Number.NaN) / (unit === "ms" ? 1_000 : 1);
  const interval = { median: value, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const findings: readonly Finding[] = atMost === undefined ? [] : [{ interval, unit, atMost }];
  return { what: `${title}: ${label}`, cells: { "containerd-images": `${rounded(value)} ${unit}` }, findings };
}
