import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./install.mjs";
import { countTests, describeFailures, describeSkipped, readReport } from "./test-results.mjs";

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
 * Runs the commands of a part one after the other, up to the first that fails: `{ counts, output, notes }`. `output` is
 * all that a failed command printed, or of tests only what failed; `notes` are lines to show in any case. A command
 * that is not done in time, or that leaves processes behind which hold its output, is killed together with them. It
 * counts as a failure, and does not block the build.
 */
export async function runPart(part) {
  const { timeoutMs = 600_000, leaveMs = 10_000 } = part;
  let output = "";
  for (const command of part.commands) {
    const { code, stdout, stderr, all } = await run(command, timeoutMs, leaveMs);
    output += part.files === undefined ? all : `${stdout}\n${stderr}`; // a report has no other lines inside its own
    if (code !== 0) return outcome(part, false, output);
  }
  return outcome(part, true, output);
}

/** The result of a part that was not run. */
export function notRun(reason) {
  return { counts: { failed: 1 }, output: "", notes: [`  ${reason}`] };
}

function run([command, ...args], timeoutMs, leaveMs) {
  return new Promise((resolve) => {
    // The command gets its own process group, so that it can be killed with all processes that it has started.
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const [chunks, stdout, stderr] = [[], [], []];
    const end = (code, note = "") => {
      clearTimeout(timer);
      running.delete(child);
      killAll(child);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      const [all, out, err] = [chunks, stdout, stderr].map((some) => Buffer.concat(some).toString());
      resolve({ code, all: all + note, stdout: out, stderr: err + note });
    };
    const endLater = (delayMs, note) => setTimeout(() => end(1, note), delayMs);
    let timer = endLater(timeoutMs, `${command}: killed, because it was not done after ${timeoutMs} ms\n`);
    running.add(child);
    child.stdout.on("data", (chunk) => stdout.push(chunk) && chunks.push(chunk));
    child.stderr.on("data", (chunk) => stderr.push(chunk) && chunks.push(chunk));
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

function outcome({ files }, isGood, output) {
  if (files === undefined) return { counts: isGood ? { passed: 1 } : { failed: 1 }, output, notes: [] };
  const report = readReport(output);
  const counts = countTests(report.tests, isGood);
  return { counts, output: describeFailures(report, isGood), notes: describeSkipped(report.tests) };
}
