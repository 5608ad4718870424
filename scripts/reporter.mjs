import { relative } from "node:path";
import { inspect } from "node:util";
import { root } from "./install.mjs";

// A reporter for `node --test`. It writes one line of JSON for each test that is done:
//   { title: ["describe", "it"], file, result, reason?, error? }
// and one for each message that helps to understand a failure: { message, file? }.
// `result` is "passed", "failed", "cancelled", "skipped" or "todo"; `reason` says why a test is skipped or to do.

/** The reporter itself, which `node --test` calls with its events. */
export default async function* reporter(events) {
  const names = []; // of the blocks around the test that comes next, outermost first
  for await (const { type, data } of events) {
    if (type === "test:start") names.splice(data.nesting, names.length, data.name);
    const lines = type === "test:pass" || type === "test:fail" ? [resultOf(data, names)] : messageOf(type, data);
    for (const line of lines) if (line !== undefined) yield `${JSON.stringify(line)}\n`;
  }
}

function resultOf(data, names) {
  const error = data.details?.error;
  const isFile = data.nesting === 0 && data.name === data.file; // the whole file, if it failed or has no tests
  const test = { title: isFile ? [] : names.slice(0, data.nesting + 1), file: relative(root, data.file ?? "") };
  if (data.skip) return { ...test, result: "skipped", reason: reasonOf(data.skip) };
  if (data.todo) return { ...test, result: "todo", reason: reasonOf(data.todo) };
  if (error === undefined && isFile) return { ...test, result: "failed", error: "the file has no tests" };
  if (error?.failureType === "subtestsFailed") return undefined; // the tests inside have lines of their own
  if (error?.failureType === "cancelledByParent") return { ...test, result: "cancelled", error: error.message };
  if (error !== undefined) return { ...test, result: "failed", error: textOf(error) };
  return data.details?.type === "suite" ? undefined : { ...test, result: "passed" };
}

/** `skip: true` and `todo: true` give no reason. */
function reasonOf(value) {
  return typeof value === "string" ? value : "";
}

/** Node wraps what a test has thrown into an error of its own. */
function textOf(error) {
  const thrown = error.cause instanceof Error ? error.cause : error;
  const { name, message, stack = `${name}: ${message}`, cause } = thrown;
  const lines = stack.split("\n").filter((line) => !/^\s+at .*\(?node:/.test(line));
  return [...lines, ...(cause instanceof Error ? [`cause: ${inspect(cause)}`] : [])].join("\n");
}

function messageOf(type, { file, nesting, message }) {
  const isCount = type === "test:diagnostic" && nesting === 0 && /^[a-z_]+ [\d.]+$/.test(message); // of the whole run
  const isWanted = (type === "test:diagnostic" && !isCount) || type === "test:stderr";
  return isWanted ? [{ message, file: file === undefined ? undefined : relative(root, file) }] : [];
}
