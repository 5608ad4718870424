import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { ImagesClient } from "../../../src/index.js";
import { digest, freshNamespace } from "../../contract/records.js";
import { type Daemon, startDaemon, type Version } from "../../support/daemon/daemon.js";
import { fetchBundle } from "../../support/daemon/fetch.js";

/** A daemon with content and snapshots, in a namespace that nobody else writes to. */
export class Garbage implements AsyncDisposable {
  readonly images: ImagesClient;
  readonly #daemon: Daemon;
  readonly #ctr: string;
  readonly #namespace = freshNamespace();

  private constructor(daemon: Daemon, ctr: string) {
    this.#daemon = daemon;
    this.#ctr = ctr;
    this.images = new ImagesClient({ address: daemon.address, namespace: this.#namespace });
  }

  /** Starts a daemon of this version. CRI is on because only then there are snapshots; it does nothing here. */
  static async start(version: Version): Promise<Garbage> {
    const daemon = await startDaemon(version, { hasCri: true });
    const garbage = new Garbage(daemon, join(await fetchBundle(`containerd-${version}`), "usr/bin/ctr"));
    // After its first collection a daemon makes no other one by itself, as it would some time after it started.
    await garbage.collect();
    return garbage;
  }

  /** Makes a record without content of its own, with these labels. */
  async record(name: string, labels: Readonly<Record<string, string>>, images = this.images): Promise<void> {
    await images.create({ name, target: { mediaType: "text/plain", digest: digest("f"), size: 1 }, labels });
  }

  /** Makes a lease that expires after this time. */
  async lease(id: string, expires: string): Promise<void> {
    await this.#run("leases", "create", "--id", id, "--expires", expires);
  }

  /** Stores content under its digest; nothing but a record's label keeps it. */
  async content(bytes: string): Promise<void> {
    const child = this.#run("content", "ingest", `ref-${randomUUID()}`);
    child.child.stdin?.end(bytes);
    await child;
  }

  /** Makes an empty snapshot of the snapshotter `native`; nothing but a record's label keeps it. */
  async snapshot(key: string): Promise<void> {
    await this.#snapshots("prepare", key);
    await this.#snapshots("label", key, "containerd.io/gc.root="); // ctr sets it, so that nothing removes the snapshot
  }

  /** Waits for a garbage collection. */
  async collect(): Promise<void> {
    await this.record("trigger", {});
    await this.images.delete("trigger", { sync: true });
  }

  /** The digests of all content. */
  async storedContent(): Promise<readonly string[]> {
    return lines((await this.#run("content", "list", "--quiet")).stdout);
  }

  /** The keys of all snapshots. */
  async storedSnapshots(): Promise<readonly string[]> {
    const { stdout } = await this.#snapshots("list");
    return lines(stdout)
      .slice(1)
      .map((line) => line.split(/\s/)[0] ?? "");
  }

  #snapshots(...args: readonly string[]) {
    return this.#run("snapshots", "--snapshotter", "native", ...args);
  }

  #run(...args: readonly string[]) {
    return promisify(execFile)(this.#ctr, ["-a", this.#daemon.socketPath, "-n", this.#namespace, ...args]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.images.close();
    await this.#daemon.stop();
  }
}

/** The digest under which {@link Garbage.content} stores a text. */
export function digestOf(bytes: string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
