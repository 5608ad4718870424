import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./install.mjs";

// A test that runs this must not make the tests below report to it.
const { NODE_TEST_CONTEXT: _, ...outerEnv } = process.env;
const env = { ...outerEnv, PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter) };

const running = new Set();

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const child of running) killAll(child);
    process.exit(1);
  });
}

/**
 * Runs the commands of a part one after the other, up to the first that fails: `{ passed, failed, summary, output }`.
 * A command that is not done in time, or leaves processes behind that hold its output, is killed with all of them, and
 * is a failure, not a stuck build.
 */
export async function runPart(part) {
  const { timeoutMs = 480_000, leaveMs = 10_000 } = part;
  let output = "";
  for (const command of part.commands) {
    const { code, text } = await run(command, timeoutMs, leaveMs);
    output += text;
    if (code !== 0) return result(part, false, output);
  }
  return result(part, true, output);
}

/** What a part comes to that was not run. */
export function notRun(reason) {
  return { passed: 0, failed: 1, summary: reason, output: "" };
}

function run([command, ...args], timeoutMs, leaveMs) {
  return new Promise((resolve) => {
    // As a group of its own it can be killed with all that it has started.
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const chunks = [];
    const end = (code, note = "") => {
      clearTimeout(timer);
      running.delete(child);
      killAll(child);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      resolve({ code, text: Buffer.concat(chunks).toString() + note });
    };
    const endLater = (delayMs, note) => setTimeout(() => end(1, note), delayMs);
    let timer = endLater(timeoutMs, `${command}: killed, because it was not done after ${timeoutMs} ms\n`);
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => end(1, `${command}: ${error.message}\n`));
    child.on("exit", () => {
      clearTimeout(timer);
      timer = endLater(leaveMs, `${command}: ended and left processes behind that hold its output; killed\n`);
    });
    child.on("close", (code) => end(code ?? 1));
  });
}

function killAll({ pid }) {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
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
