import { type Daemon, startDaemon } from "../test/support/daemon/daemon.js";
import type { BenchClient, Destination } from "./clients/client.js";
import { open } from "./clients/containerd-images.js";
import type { ClientName } from "./clients/names.js";
import type { Measurement } from "./measurement.js";
import { record } from "./records.js";
import type { Server } from "./server.js";

const NAMESPACE = "bench";
const FILLING_AT_ONCE = 64;

/** A real containerd 2.x that holds records. */
export class FilledDaemon implements Server, AsyncDisposable {
  readonly #library: string;
  readonly #daemon: Daemon;

  private constructor(library: string, daemon: Daemon) {
    this.#library = library;
    this.#daemon = daemon;
  }

  /** Fails without root or without Debian. */
  static async start(library: string, records: number): Promise<FilledDaemon> {
    const filled = new FilledDaemon(library, await startDaemon("2.x"));
    const client = await open(filled.#in(NAMESPACE));
    await fill(client, records);
    await client.close();
    return filled;
  }

  /** The version that the daemon reports, for example `2.1.9+unknown`. */
  get version(): string {
    return /\bversion=(\S+)/.exec(this.#daemon.log())?.[1] ?? "of unknown version";
  }

  // The records that a client creates must not make the lists longer, or conflict with records of another client.
  destination({ isWrite }: Pick<Measurement, "isWrite">, client: ClientName): Destination {
    return this.#in(isWrite ? `${NAMESPACE}-${client}` : NAMESPACE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
  }

  #in(namespace: string): Destination {
    return { socketPath: this.#daemon.socketPath, namespace, library: this.#library };
  }
}

async function fill(client: BenchClient, records: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < records; index = next++) await client.create(record(index));
  };
  await Promise.all(Array.from({ length: FILLING_AT_ONCE }, lane));
}
