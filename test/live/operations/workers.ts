import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { bundled } from "../../support/programs/bundled.js";

/** What a worker process is to do. */
export interface Job {
  readonly what: "upsert" | "delete" | "tag" | "churn";
  readonly address: string;
  readonly namespace: string;
  /** Which of the workers it is, from 0. */
  readonly worker: number;
  /** How often. */
  readonly turns: number;
}

/** What came of a job. */
export interface Report {
  /** How often each result came. */
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

const program = fileURLToPath(new URL("worker.ts", import.meta.url));

/** Processes that work on a daemon's records at the same time, each with a client of its own. */
export class Workers {
  readonly #processes: readonly ChildProcess[];

  private constructor(processes: readonly ChildProcess[]) {
    this.#processes = processes;
  }

  static async start(count: number): Promise<Workers> {
    const [file, execArgv] = [await bundled(program), ["--enable-source-maps"]];
    return new Workers(Array.from({ length: count }, () => fork(file, { execArgv, stdio: "inherit" })));
  }

  get count(): number {
    return this.#processes.length;
  }

  /** Gives every worker a job and waits until all are done. */
  async run(job: (worker: number) => Omit<Job, "worker">): Promise<Report> {
    const reports = await Promise.all(
      this.#processes.map((child, worker) => {
        const report = reportOf(child);
        child.send({ ...job(worker), worker });
        return report;
      }),
    );
    return { counts: sum(reports), failures: reports.flatMap(({ failures }) => failures) };
  }

  /** Lets every worker end its job after the turn that it is in. */
  stop(): void {
    for (const child of this.#processes) child.send("stop");
  }

  [Symbol.dispose](): void {
    for (const child of this.#processes) child.kill("SIGKILL");
  }
}

async function reportOf(child: ChildProcess): Promise<Report> {
  // A worker sends nothing but reports.
  const [report] = (await once(child, "message")) as [Report];
  return report;
}

function sum(reports: readonly Report[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const report of reports)
    for (const [result, count] of Object.entries(report.counts)) counts[result] = (counts[result] ?? 0) + count;
  return counts;
}
