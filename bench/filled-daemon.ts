import { type Daemon, startDaemon } from "../test/support/daemon/daemon.js";
import type { BenchClient, Destination, Libraries } from "./clients/client.js";
import { open } from "./clients/containerd-images.js";
import type { ClientName } from "./clients/names.js";
import type { Measurement } from "./measurement.js";
import { record } from "./records.js";
import type { Server } from "./server.js";

const NAMESPACE = "bench";
const FILLING_AT_ONCE = 64;

/** A real containerd 2.x that holds records. */
export class FilledDaemon implements Server, AsyncDisposable {
  readonly #libraries: Libraries;
  readonly #daemon: Daemon;

  private constructor(libraries: Libraries, daemon: Daemon) {
    this.#libraries = libraries;
    this.#daemon = daemon;
  }

  /** Fails without root or without Debian. */
  static async start(libraries: Libraries, records: number): Promise<FilledDaemon> {
    const filled = new FilledDaemon(libraries, await startDaemon("2.x"));
    const client = await open(filled.#in(NAMESPACE));
    await fill(client, records);
    await client.close();
    return filled;
  }

  /** containerd and the version that it reports, for example `containerd 2.1.9+unknown`. */
  get version(): string {
    return `containerd ${/\bversion=(\S+)/.exec(this.#daemon.log())?.[1] ?? "of unknown version"}`;
  }

  // The records that a client creates must not make the lists longer, or conflict with records of another client.
  destination({ isWrite }: Pick<Measurement, "isWrite">, client: ClientName): Destination {
    return this.#in(isWrite ? `${NAMESPACE}-${client}` : NAMESPACE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
  }

  #in(namespace: string): Destination {
    return { socketPath: this.#daemon.socketPath, namespace, ...this.#libraries };
  }
}

async function fill(client: BenchClient, records: number): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < records; index = next++) await client.create(record(index));
  };
  await Promise.all(Array.from({ length: FILLING_AT_ONCE }, lane));
}
