import assert from "node:assert/strict";
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type BundleName, goBundles } from "../../support/daemon/bundles.js";
import type { Version } from "../../support/daemon/daemon.js";
import { cacheDir, fetchBundle } from "../../support/daemon/fetch.js";

const execute = promisify(execFile);

// Only what is in the bundles counts, whatever Go this machine has or is told to use. What was compiled is kept.
const ownGo = {
  PATH: "/usr/bin:/bin",
  GOCACHE: join(cacheDir(), "go-build"),
  GO111MODULE: "off",
  GOTOOLCHAIN: "local",
  GOENV: "off",
  CGO_ENABLED: "0",
};

interface BuildOptions {
  /** The containerd whose Go compiles it. */
  readonly version: Version;
  readonly tags?: readonly string[];
  /** Bundles of sources that it imports, beside those of that containerd. */
  readonly sources?: readonly BundleName[];
}

/** A program in Go that writes one line of JSON for each line of JSON that it reads. */
export class GoProgram implements AsyncDisposable {
  readonly #dir: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  private constructor(dir: string) {
    this.#dir = dir;
    this.#process = spawn(join(dir, "program"), { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdin.on("error", () => {}); // it has ended, which the missing line says
    this.#ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Compiles the program in a folder beside this file, and starts it; fetches what it needs first. */
  static async start(folder: string, options: BuildOptions): Promise<GoProgram> {
    return new GoProgram(await build(folder, options));
  }

  /** Sends one line, and gives the line that the program writes for it. */
  async ask(question: object): Promise<unknown> {
    this.#process.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    assert.ok(done !== true, "the program in Go has ended");
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
    await rm(this.#dir, { recursive: true });
  }
}

/** Compiles a program, and gives the folder that it is in. */
async function build(folder: string, { version, tags = [], sources = [] }: BuildOptions): Promise<string> {
  const bundle = await fetchBundle(`go-${version}`);
  const sourceDirs = await Promise.all(sources.map((name) => fetchBundle(name)));
  const go = join(bundle, goBundles[`go-${version}`].binary);
  const dir = await mkdtemp(join(tmpdir(), "go-program-"));
  const path = [bundle, ...sourceDirs].map((each) => join(each, "usr/share/gocode")).join(":");
  const env = { ...ownGo, HOME: dir, GOROOT: join(go, "../.."), GOPATH: path };
  const cwd = fileURLToPath(new URL(folder, import.meta.url));
  await execute(go, ["build", "-tags", tags.join(), "-o", join(dir, "program"), "."], { cwd, env });
  return dir;
}
