/** Splits the output of a run of `node --test` with reporter.mjs: `{ tests, messages, rest }`. */
export function readReport(output) {
  const lines = output.split("\n").map((line) => parse(line));
  return {
    tests: lines.filter((line) => line.result !== undefined),
    messages: lines.filter((line) => line.message !== undefined),
    rest: lines.filter((line) => line.text !== undefined && line.text !== "").map(({ text }) => `${text}\n`),
  };
}

function parse(text) {
  try {
    const line = JSON.parse(text);
    return line?.title !== undefined || line?.message !== undefined ? line : { text };
  } catch {
    return { text };
  }
}

/**
 * Counts the tests of a run: `{ passed, failed, cancelled, skipped, todo }`. A run that ended badly without a failed
 * test, or that has no tests, counts as one failure. So does a test that is skipped or to do and does not say why.
 */
export function countTests(tests, isGood) {
  const count = (result) => tests.filter((test) => outcomeOf(test) === result).length;
  const counts = {
    passed: count("passed"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    skipped: count("skipped"),
    todo: count("todo"),
  };
  const isUnexplained = tests.length === 0 || (!isGood && counts.failed + counts.cancelled === 0);
  return isUnexplained ? { ...counts, failed: 1 } : counts;
}

function outcomeOf({ result, reason }) {
  return (result === "skipped" || result === "todo") && !reason ? "failed" : result;
}

/**
 * The tests that make the build fail, each with its error, and the other output. Of a run that ended badly without a
 * failed test, the last one: the next may have hung, or ended the process.
 */
export function describeFailures({ tests, messages, rest }, isGood) {
  const failed = tests.filter((test) => ["failed", "cancelled"].includes(outcomeOf(test)));
  const files = new Set(failed.map(({ file }) => file));
  const beside = messages.filter(({ file }) => file === undefined || files.has(file) || failed.length === 0);
  const last = !isGood && failed.length === 0 ? tests.slice(-1) : [];
  return [
    ...failed.map(describe),
    ...last.map((test) => `The last test that ended: ${titleOf(test)}\n`),
    ...beside.map(({ message }) => withNewline(message)),
    ...rest,
  ].join("");
}

/** The tests that are left out on purpose, each with its reason. */
export function describeSkipped(tests) {
  const left = tests.filter((test) => ["skipped", "todo"].includes(outcomeOf(test)));
  return left.map((test) => `  ${test.result}: ${titleOf(test)}: ${test.reason}`);
}

function describe({ result, reason, error = reason ? "" : `${result} without a reason`, ...test }) {
  return `✖ ${titleOf(test)}${result === "cancelled" ? " (cancelled)" : ""}\n${indent(error)}\n`;
}

function titleOf({ title, file }) {
  return title.length > 0 ? `${title.join(" > ")} (${file})` : file;
}

function indent(text) {
  return text.replace(/^(?=.)/gm, "    ");
}

function withNewline(text) {
  return text.endsWith("\n") ? text : `${text}\n`;
}
