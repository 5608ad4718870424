import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Destination } from "./clients/client.js";
import type { Measurement } from "./measurement.js";
import type { Server } from "./server.js";

/** The stub: a process with one socket for each number of records that a list can have. */
export class Stub implements Server, Disposable {
  readonly #library: string;
  readonly #dir = mkdtempSync(join(tmpdir(), "bench-stub-"));
  readonly #child: ChildProcess;

  private constructor(library: string, records: readonly number[]) {
    this.#library = library;
    const args = [this.#dir, ...records.map(String)];
    this.#child = fork(new URL("stub/server.js", import.meta.url), args, { execArgv: [] });
  }

  /** Starts one for lists of these sizes; `library` is what the clients find as this library. */
  static async start(library: string, records: readonly number[]): Promise<Stub> {
    const stub = new Stub(library, records);
    await once(stub.#child, "message");
    return stub;
  }

  destination({ records }: Pick<Measurement, "records">): Destination {
    return { socketPath: join(this.#dir, `${records}.sock`), namespace: "bench", library: this.#library };
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
