import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));
const MAX_FRAMES = 10;

/** The entry points of the package, as the program imports them. */
interface EntryPoints {
  readonly index: string;
  readonly filters: string;
  readonly reference: string;
  readonly testing: string;
}

interface Outcome {
  readonly name: string;
  readonly code: string;
  readonly stack?: unknown;
  /** Whether `Error.stackTraceLimit` is the same as before. */
  readonly isLimitKept: boolean;
}

/** What every case of the program has ended with, by its name. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/**
 * Runs a program that uses the package from a folder of its own, and that makes every kind of error; gives the outcomes
 * by the setting of `Error`. `node` runs node with these arguments and gives what it prints. Without `settings`, the
 * program tries all.
 */
export async function outcomesIn(
  folder: string,
  entryPoints: EntryPoints,
  node: (args: readonly string[]) => Promise<string>,
  settings: readonly string[] = [],
): Promise<(setting: string) => Outcomes> {
  const path = join(folder, "stack-traces.mjs");
  await copyFile(PROGRAM, path);
  const printed: Record<string, Record<string, Outcome>> = JSON.parse(
    await node([path, JSON.stringify(entryPoints), ...settings]),
  );
  return (setting) => new Map(Object.entries(printed[setting] ?? assert.fail(setting)));
}

/** Asserts that every stack trace begins in the line of its case, and has no more frames than node's default. */
export async function assertBeginAtCaller(folder: string, outcomes: Outcomes): Promise<void> {
  const lines = (await readFile(PROGRAM, "utf8")).split("\n");
  const wrong = [...outcomes].flatMap(([name, { stack }]) => {
    const line = 1 + lines.findIndex((text) => text.startsWith(`  ${name}: async () => `));
    const frames = String(stack)
      .split("\n")
      .filter((text) => text.startsWith("    at "));
    const isRight = frames[0]?.includes(`${join(folder, "stack-traces.mjs")}:${line}:`) && frames.length <= MAX_FRAMES;
    return isRight ? [] : [`${name}, in line ${line}: ${stack}`];
  });
  assert.deepEqual(wrong, []);
  assert.ok(outcomes.size > 50, `${outcomes.size} cases`);
}
