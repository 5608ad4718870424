import { basename, join } from "node:path";
import { run } from "../../package/packed.js";
import { bunBinary, denoBinary, nodeBinary } from "./node-versions.js";
import { bundleTest } from "./portable.js";

/** A runtime that is not the Node of the tests, and has Node's modules. */
export interface Runtime {
  readonly name: string;
  /** The command that runs a program. */
  command(program: string): Promise<readonly [string, ...string[]]>;
  /** The command that runs those tests of `node:test` whose full name (of Deno: topmost name) matches. */
  testCommand(file: string, pattern: string): Promise<readonly [string, ...string[]]>;
  /** How many tests passed, as it prints it. */
  readonly passed: RegExp;
}

const DENO = ["--no-check", "--node-modules-dir=manual", "--no-lock"];
/** What a program that uses the library has to be allowed, as the README says. */
const PERMISSIONS = ["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-env"];

export const runtimes: readonly Runtime[] = [
  {
    name: "Bun 1",
    command: async (program) => [await bunBinary(), program],
    testCommand: async (file, pattern) => [await bunBinary(), "test", file, "-t", pattern, "--timeout", "60000"],
    passed: /^ *(\d+) pass$/m,
  },
  {
    name: "Deno 2",
    command: async (program) => [await denoBinary(), "run", ...DENO, ...PERMISSIONS, program],
    testCommand: async (file, pattern) => [
      await denoBinary(),
      "test",
      ...DENO,
      "--allow-all",
      "--filter",
      `/${pattern}/`,
      file,
    ],
    passed: /\((\d+) steps?\) \| 0 failed/,
  },
];

/** A newer Node; the tests run in its first process, without a loader of TypeScript. */
export function nodeRuntime(version: string): Runtime {
  return {
    name: `Node ${version}`,
    command: async (program) => [await nodeBinary(version), program],
    testCommand: async (file, pattern) => [
      "env",
      "--unset=NODE_TEST_CONTEXT", // with it, a process reports to the runner that it takes for its own
      await nodeBinary(version),
      "--enable-source-maps",
      `--test-name-pattern=${pattern}`,
      "--test-reporter=tap",
      file,
    ],
    passed: /^# pass (\d+)\n# fail 0\n# cancelled 0\n# skipped 0\n/m,
  };
}

/**
 * Runs a test file in the project, with the package that is installed there; says how many passed, rejects if one
 * fails.
 */
export async function runTests(
  { testCommand, passed }: Runtime,
  project: string,
  file: string,
  pattern: string,
): Promise<number> {
  const bundle = join(project, `${basename(file, ".ts")}.mjs`);
  await bundleTest(file, bundle);
  const [program, ...args] = await testCommand(bundle, pattern);
  // Bun's summary is on the error output.
  const [, count] = passed.exec(await run("sh", ["-c", '"$0" "$@" 2>&1', program, ...args], project)) ?? [];
  return Number(count ?? 0);
}
