import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { Destination } from "./clients/client.js";
import type { ClientName } from "./clients/names.js";
import { commandOf } from "./command.js";
import type { Figures, Job, Order } from "./job.js";

interface Reply {
  readonly figures?: Figures;
  readonly error?: string;
}

/** Does jobs with one client. */
export interface Worker {
  run(job: Job): Promise<Figures>;
}

/** A process of its own for one client, warm from job to job. It writes a line of JSON for each line that it reads. */
export class WorkerProcess implements Worker, AsyncDisposable {
  readonly #client: ClientName;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;

  private constructor(client: ClientName, [program, ...args]: readonly [string, ...string[]]) {
    this.#client = client;
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin.on("error", () => {}); // it has ended, which the missing line says
    this.#closed = once(this.#child, "close");
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Starts a process, with Node's flags if there are any, and waits until its client is loaded. */
  static async start(
    client: ClientName,
    destination: Destination,
    flags: readonly string[] = [],
  ): Promise<WorkerProcess> {
    const worker = new WorkerProcess(client, await commandOf(client, destination, flags));
    await worker.#reply();
    return worker;
  }

  run(job: Job): Promise<Figures> {
    return this.#order({ job });
  }

  /** Another client in the same process, with the same destination. */
  beside(client: ClientName): Worker {
    return { run: (job) => this.#order({ job, client }) };
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #order(order: Order): Promise<Figures> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
    return this.#reply();
  }

  async #reply(): Promise<Figures> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#client}: its process has ended`);
    const { figures, error } = JSON.parse(value) as Reply; // a worker writes nothing else
    if (figures === undefined) throw new Error(`${this.#client}: ${error}`);
    return figures;
  }
}
