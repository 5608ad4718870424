import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Destination } from "./clients/client.js";
import type { ClientName } from "./clients/names.js";
import type { Figures, Job } from "./job.js";

interface Reply {
  readonly figures?: Figures;
  readonly error?: string;
}

/** A process of its own for one client, warm from job to job. */
export class WorkerProcess {
  readonly #client: ClientName;
  readonly #child: ChildProcess;
  readonly #ended: Promise<Reply>;

  private constructor(client: ClientName, destination: Destination, flags: readonly string[]) {
    this.#client = client;
    const args = [new URL(`clients/${client}.js`, import.meta.url).href, JSON.stringify(destination)];
    this.#child = fork(new URL("worker.js", import.meta.url), args, { execArgv: ["--expose-gc", ...flags] });
    this.#ended = once(this.#child, "exit").then(([code]) => ({ error: `its process ended with ${code}` }));
  }

  /** Starts a process, with Node's flags if there are any, and waits until its client is loaded. */
  static async start(
    client: ClientName,
    destination: Destination,
    flags: readonly string[] = [],
  ): Promise<WorkerProcess> {
    const worker = new WorkerProcess(client, destination, flags);
    await worker.#reply();
    return worker;
  }

  run(job: Job): Promise<Figures> {
    const reply = this.#reply();
    this.#child.send(job);
    return reply;
  }

  async stop(): Promise<void> {
    this.#child.disconnect();
    await this.#ended;
  }

  async #reply(): Promise<Figures> {
    const answered = once(this.#child, "message").then(([reply]) => reply as Reply); // worker.ts sends nothing else
    const { figures, error } = await Promise.race([answered, this.#ended]);
    if (figures === undefined) throw new Error(`${this.#client}: ${error}`);
    return figures;
  }
}
