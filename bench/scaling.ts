import { Random } from "../test/support/random.js";
import type { Destination } from "./clients/client.js";
import type { Figures, Job } from "./job.js";
import { rounded } from "./judge.js";
import { shuffled } from "./records.js";
import { median, ratioOf } from "./statistics.js";
import type { Row } from "./table.js";
import { WorkerProcess } from "./worker-process.js";

const random = new Random(Date.now());

/** Cases of this library alone that should cost the same per unit; the ratios are to the case `base`. */
export interface Scaling {
  readonly what: string;
  readonly cases: readonly Case[];
  readonly base: string;
  /** The most that the last case may cost, as a multiple of the base. */
  readonly atMost: number;
  readonly isGoal?: boolean;
}

interface Case {
  readonly title: string;
  readonly records: number;
  readonly job: Job;
  /** Units that the job's figure is divided by. */
  readonly units: number;
}

/** Lists of these sizes come from the stub. A response of more than 52,428 records is not read. */
export const LIST_SIZES = [1_000, 10_000, 50_000] as const;

/** Whether the cost per call, image and selector stays the same for any number of them. */
export const scalings: readonly Scaling[] = [
  {
    what: "Get, CPU per call by calls in flight",
    cases: [1, 64, 1_000, 10_000].map(inFlight),
    base: "64",
    atMost: 1.25,
    isGoal: true,
  },
  {
    what: "Get, CPU per call by number of calls",
    cases: [1_000, 10_000, 100_000].map(inRow),
    base: "10,000", // the first thousand calls of a process run code that is not optimized yet
    atMost: 1.15,
  },
  { what: "List, CPU per image by number of images", cases: LIST_SIZES.map(ofSize), base: "1,000", atMost: 1.5 },
  {
    what: "matches() of an or, CPU per record by number of selectors",
    cases: [1, 10, 100].map(ofSelectors),
    base: "1",
    atMost: 10,
    isGoal: true,
  },
];

function inFlight(count: number): Case {
  const job = { kind: "get", count: 20_000, inFlight: count, series: "" } as const;
  return { title: count.toLocaleString("en"), records: 1, job, units: 1 };
}

function inRow(count: number): Case {
  return {
    title: count.toLocaleString("en"),
    records: 1,
    job: { kind: "get", count, inFlight: 64, series: "" },
    units: 1,
  };
}

function ofSize(records: number): Case {
  const count = Math.ceil(50_000 / records);
  return { title: records.toLocaleString("en"), records, job: { kind: "list", count }, units: records };
}

function ofSelectors(selectors: number): Case {
  const job = { kind: "matches", count: 300_000, selectors } as const;
  return { title: selectors.toLocaleString("en"), records: 1, job, units: 1 };
}

/** Measures it, and makes the row. */
export async function scalingRow(
  scaling: Scaling,
  rounds: number,
  destination: (records: number) => Destination,
): Promise<Row> {
  return row(scaling, await measure(scaling.cases, rounds, destination));
}

async function measure(
  cases: readonly Case[],
  rounds: number,
  destination: (records: number) => Destination,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const costs = new Map(cases.map(({ title }): [string, number[]] => [title, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { title, job, units, records } of shuffled(cases, random)) {
      await using worker = await WorkerProcess.start("containerd-images", destination(records));
      await worker.run(job); // to warm up
      const { cpuUs = Number.NaN }: Figures = await worker.run(job);
      costs.get(title)?.push(cpuUs / units);
    }
  }
  return costs;
}

function row({ what, base, atMost, isGoal }: Scaling, costs: ReadonlyMap<string, readonly number[]>): Row {
  const [last = "", lastCosts = []] = [...costs].at(-1) ?? [];
  const interval = ratioOf(lastCosts, costs.get(base) ?? []);
  const cell = [...costs].map(([title, each]) => `${title}: ${rounded(median(each))} µs`).join("<br>");
  return {
    what: `${what}, stub`,
    cells: { "containerd-images": cell },
    findings: [{ interval, unit: `× ${base} at ${last}`, atMost, isGoal }],
  };
}
