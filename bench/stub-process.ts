import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Destination, Libraries } from "./clients/client.js";
import type { Measurement } from "./measurement.js";
import type { Server } from "./server.js";

/** The stub: a process with one socket for each kind of responses. */
export class Stub implements Server, Disposable {
  readonly #libraries: Libraries;
  readonly #dir = mkdtempSync(join(tmpdir(), "bench-stub-"));
  readonly #child: ChildProcess;

  private constructor(libraries: Libraries, records: readonly Measurement["records"][]) {
    this.#libraries = libraries;
    const args = [this.#dir, ...records.map(String)];
    this.#child = fork(new URL("stub/server.js", import.meta.url), args, { execArgv: [] });
  }

  /** Starts one for lists of these sizes; `libraries` are what the clients find as this library. */
  static async start(libraries: Libraries, records: readonly Measurement["records"][]): Promise<Stub> {
    const stub = new Stub(libraries, records);
    await once(stub.#child, "message");
    return stub;
  }

  destination({ records }: Pick<Measurement, "records">): Destination {
    return { socketPath: join(this.#dir, `${records}.sock`), namespace: "bench", ...this.#libraries };
  }

  [Symbol.dispose](): void {
    this.#child.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
