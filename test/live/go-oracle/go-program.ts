import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { type BuildOptions, buildGo } from "../../support/go-build.js";

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
    return new GoProgram(await buildGo(fileURLToPath(new URL(folder, import.meta.url)), options));
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
