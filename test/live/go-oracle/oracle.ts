import assert from "node:assert/strict";
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NewImage } from "../../../src/image.js";
import { goBundles } from "../../support/daemon/bundles.js";
import type { Version } from "../../support/daemon/daemon.js";
import { cacheDir, fetchBundle } from "../../support/daemon/fetch.js";

const execute = promisify(execFile);
const program = fileURLToPath(new URL("program/", import.meta.url));

// Only what is in the bundle counts, whatever Go this machine has or is told to use. What was compiled is kept.
const ownGo = {
  PATH: "/usr/bin:/bin",
  GOCACHE: join(cacheDir(), "go-build"),
  GO111MODULE: "off",
  GOTOOLCHAIN: "local",
  GOENV: "off",
  CGO_ENABLED: "0",
};

/** What to ask of Go; of each list the answer has one of the same length. */
export interface Question {
  readonly images?: readonly NewImage[];
  /** Each as a List carries them, decided for every image. */
  readonly filters?: readonly (readonly string[])[];
  readonly regexps?: readonly string[];
  /** To be read as RFC 3339. */
  readonly times?: readonly string[];
  /** Format strings that get no arguments. */
  readonly formats?: readonly string[];
  /** To be written as `%q` writes them. */
  readonly quotes?: readonly string[];
}

/** What containerd says about filters: why it refuses them, or a character for each image, 1 where they match. */
export interface Verdict {
  readonly error: string;
  readonly matches: string;
}

/** A time as Go reads it, or why it does not. */
export interface Moment {
  readonly error: string;
  readonly seconds: string;
  readonly nanos: number;
}

export interface Answer {
  /** The version of Go. */
  readonly go: string;
  readonly filters: readonly Verdict[];
  /** Why each does not compile; "" for those that do. */
  readonly regexps: readonly string[];
  readonly times: readonly Moment[];
  readonly formats: readonly string[];
  readonly quotes: readonly string[];
}

/** The filters package of a containerd, compiled with the Go that Debian compiles that containerd with. */
export class GoOracle implements AsyncDisposable {
  readonly version: Version;
  readonly #dir: string;
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<unknown>;

  private constructor(version: Version, dir: string) {
    this.version = version;
    this.#dir = dir;
    this.#process = spawn(join(dir, "oracle"), { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdin.on("error", () => {}); // it has ended, which the missing answer says
    this.#ended = new Promise((resolve) => this.#process.once("close", resolve));
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Compiles it, which takes some ten seconds the first time, and starts it; fetches Go first where it is missing. */
  static async start(version: Version): Promise<GoOracle> {
    return new GoOracle(version, await build(version));
  }

  /** The next question is answered after the one before. */
  async ask({ images = [], ...rest }: Question): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify({ images: images.map(flatten), ...rest })}\n`);
    const { value, done } = await this.#answers.next();
    assert.ok(done !== true, `Go of containerd ${this.version} has ended`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
    await rm(this.#dir, { recursive: true });
  }
}

function flatten({ name, labels = {}, target: { digest, mediaType, annotations = {} } }: NewImage) {
  return { name, digest, mediaType, labels, annotations };
}

/** Compiles the program with the Go of a version, and gives the folder that it is in. */
async function build(version: Version): Promise<string> {
  const bundle = await fetchBundle(`go-${version}`);
  const go = join(bundle, goBundles[`go-${version}`].binary);
  const dir = await mkdtemp(join(tmpdir(), "go-oracle-"));
  const tags = version.startsWith("1.") ? [] : ["-tags", "containerd2"];
  const env = { ...ownGo, HOME: dir, GOROOT: join(go, "../.."), GOPATH: join(bundle, "usr/share/gocode") };
  await execute(go, ["build", ...tags, "-o", join(dir, "oracle"), "."], { cwd: program, env });
  return dir;
}
