import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./install.mjs";

// A test that runs this must not make the tests below report to it.
const { NODE_TEST_CONTEXT: _, ...outerEnv } = process.env;
const env = { ...outerEnv, PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter) };

/** Runs the commands of a part one after the other, up to the first that fails: `{ passed, failed, summary, output }`. */
export async function runPart(part) {
  let output = "";
  for (const command of part.commands) {
    const { code, text } = await run(command);
    output += text;
    if (code !== 0) return result(part, false, output);
  }
  return result(part, true, output);
}

/** What a part comes to that was not run. */
export function notRun(reason) {
  return { passed: 0, failed: 1, summary: reason, output: "" };
}

function run([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => resolve({ code: 1, text: `${command}: ${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString() }));
  });
}

function result({ files }, ok, output) {
  if (files === undefined) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, summary: "", output };
  return { ...countTests(output, ok), output };
}

/**
 * Reads the closing counts of Node's spec reporter. What did not run is a failure: a test that was skipped, cancelled
 * or marked as to do, a run without tests, and one that ended badly without a failed test.
 */
export function countTests(output, ok) {
  const {
    tests = 0,
    pass = 0,
    fail = 0,
    cancelled = 0,
    skipped = 0,
    todo = 0,
  } = Object.fromEntries(
    [...output.matchAll(/^ℹ (tests|pass|fail|cancelled|skipped|todo) (\d+)$/gm)].map(([, name, n]) => [
      name,
      Number(n),
    ]),
  );
  const notPassed = fail + cancelled + skipped + todo;
  const failed = notPassed === 0 && (!ok || tests === 0) ? 1 : notPassed;
  return {
    passed: pass,
    failed,
    summary: `tests ${tests}, pass ${pass}, fail ${fail + cancelled}, skipped ${skipped + todo}`,
  };
}
