import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { nodeArgs } from "./bundled.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** How a program ended. */
interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program of this repository that runs; the end of an `await using` block kills it. */
export interface RunningProgram {
  /** What it has written to stdout so far. */
  output(): string;
  /** Waits until its output matches. */
  prints(pattern: RegExp): Promise<void>;
  /** Sends a signal, if it still runs and one is given, and waits until it has ended. */
  end(signal?: NodeJS.Signals): Promise<Ending>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a program of this repository as a user would; what it writes to stderr shows in the output of the test. */
export async function startProgram(
  program: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<RunningProgram> {
  const child = spawn(process.execPath, await nodeArgs(program, args), {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const closed = once(child, "close");
  closed.catch(() => {}); // a program that cannot be started: whoever waits for its end hears of it
  const end = async (signal?: NodeJS.Signals) => {
    if (signal !== undefined) child.kill(signal);
    await closed;
    return { code: child.exitCode, signal: child.signalCode };
  };
  return {
    output: () => output,
    prints: async (pattern) => {
      const ended = closed.then(() => assert.fail(`ended before it printed ${pattern}: ${output}`));
      ended.catch(() => {}); // it also ends after it has printed this
      while (!pattern.test(output)) await Promise.race([once(child.stdout, "data"), ended]);
    },
    end,
    [Symbol.asyncDispose]: async () => void (await end("SIGKILL")),
  };
}
