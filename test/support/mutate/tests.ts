import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const HERE = import.meta.dirname;

/** A bundled file of tests, and what its run without a mutant has shown. */
export interface TestFile {
  readonly path: string;
  readonly tookMs: number;
  readonly reached: ReadonlySet<number>;
}

/** What the tests have done to a mutant. */
export type TestFate = "killed" | "timed out" | "survived" | "not reached";

const FATES = { passed: "survived", failed: "killed", "timed out": "timed out" } as const;

/** Runs a file of tests with every mutant switched off; `undefined` where they fail. */
export async function runUnchanged(folder: string, test: string): Promise<TestFile | undefined> {
  const path = join(folder, test.replace(/\.ts$/, ".mjs"));
  const coverage = `${path}.json`;
  const startedAt = performance.now();
  const result = await run({ id: -1, coverage, tests: [path], timeoutMs: 120_000, env: { MUTATE_SHOW: "1" } });
  if (result !== "passed") return undefined;
  const reached: readonly number[] = JSON.parse(readFileSync(coverage, "utf8"));
  return { path, tookMs: performance.now() - startedAt, reached: new Set(reached) };
}

/** Runs the tests that reach a mutant, the quickest first, until one fails. */
export async function tryMutant(id: number, all: readonly TestFile[]): Promise<TestFate> {
  const tests = all.filter(({ reached }) => reached.has(id)).sort((a, b) => a.tookMs - b.tookMs);
  const timeoutMs = 10_000 + 2 * tests.reduce((sum, { tookMs }) => sum + tookMs, 0);
  if (tests.length === 0) return "not reached";
  return FATES[await run({ id, coverage: "", tests: tests.map(({ path }) => path), timeoutMs, env: {} })];
}

interface Run {
  readonly id: number;
  readonly coverage: string;
  readonly tests: readonly string[];
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
}

type Result = "passed" | "failed" | "timed out";

async function run({ id, coverage, tests, timeoutMs, env }: Run): Promise<Result> {
  const reporter = [`--test-reporter=${join(HERE, "stop-at-failure.mjs")}`, "--test-reporter-destination=stdout"];
  const args = [...reporter, join(HERE, "try.mjs"), `${id}`, coverage, ...tests];
  const stdio = ["ignore", "ignore", env["MUTATE_SHOW"] === "1" ? "inherit" : "ignore"] as const;
  const child = spawn(process.execPath, args, { stdio: [...stdio], env: { ...process.env, ...env } });
  const kill = () => child.kill("SIGKILL");
  const timer = setTimeout(kill, timeoutMs);
  process.on("exit", kill);
  const [code] = await once(child, "exit");
  clearTimeout(timer);
  process.off("exit", kill);
  if (code === null) return "timed out";
  return code === 0 ? "passed" : "failed";
}
