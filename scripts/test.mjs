import { ensureInstalled } from "./install.mjs";
import { allParts, selectParts } from "./parts.mjs";
import { notRun, runPart } from "./run-part.mjs";

// npm test [-- filter…]             everything, or the parts and test files whose path contains a filter
// npm run test:unit                 test/unit only: no daemon, no root
// npm run test:local [-- filter…]   everything that needs neither root nor Debian

const AT_ONCE = 3; // on two cores, because many of them wait most of the time
const KINDS = ["passed", "failed", "cancelled", "skipped", "todo"];

const startedAt = performance.now();
const args = process.argv.slice(2);
const results = [];
let order = [];

try {
  await ensureInstalled();
  await runAll(choose());
  closing();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function choose() {
  const filters = args.filter((arg) => arg !== "--local");
  const parts = selectParts(allParts(), filters);
  if (parts.length === 0) throw new Error(`No part and no test file is named like ${filters.join(" or ")}.`);
  if (!args.includes("--local")) return parts;
  const isLocal = (part) => !part.needsDebian;
  const leftOut = parts.filter((part) => !isLocal(part)).map((part) => part.name);
  if (leftOut.length > 0) console.log(`Left out, since they need root and Debian: ${leftOut.join(", ")}`);
  if (leftOut.length === parts.length) throw new Error("Nothing is left to run.");
  return parts.filter(isLocal);
}

/** Runs the checks first, then the tests, then the timed parts. Several parts of the first two kinds run at once. */
async function runAll(parts) {
  order = parts.map(({ name }) => name);
  await runSome(
    parts.filter((part) => part.files === undefined),
    AT_ONCE,
  );
  await runSome(
    parts.filter((part) => part.files !== undefined && !part.runsAlone),
    AT_ONCE,
  );
  await runSome(
    parts.filter((part) => part.runsAlone),
    1,
  );
}

async function runSome(parts, count) {
  const queue = [...parts];
  const worker = async () => {
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) await runOne(part);
  };
  await Promise.all(Array.from({ length: count }, worker));
}

async function runOne(part) {
  const partStartedAt = performance.now();
  const failed = results.find(({ name, counts }) => part.needs?.includes(name) && isBad(counts));
  const outcome = failed ? notRun(`not run: ${failed.name} failed, see above`) : await runPart(part);
  const entry = { name: part.name, ...outcome, seconds: secondsSince(partStartedAt) };
  results.push(entry);
  console.log(line(entry));
  if (isBad(entry.counts) && entry.output !== "") console.log(`${entry.output.trimEnd()}\n— end of ${part.name}`);
}

function closing() {
  results.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const total = Object.fromEntries(
    KINDS.map((kind) => [kind, results.reduce((sum, { counts }) => sum + (counts[kind] ?? 0), 0)]),
  );
  const all = KINDS.map((kind) => `${total[kind]} ${kind}`).join(", ");
  console.log(`\n${results.map(line).join("\n")}\n\n${all}, in ${secondsSince(startedAt).toFixed()} s`);
  process.exitCode = isBad(total) ? 1 : 0;
}

function isBad({ failed = 0, cancelled = 0 }) {
  return failed + cancelled > 0;
}

function secondsSince(time) {
  return (performance.now() - time) / 1000;
}

function line({ name, counts, seconds, notes }) {
  const result = isBad(counts) ? "FAILED" : "passed";
  const some = KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  return [`${name.padEnd(32)} ${result} ${seconds.toFixed(1).padStart(6)} s  ${some.join(", ")}`, ...notes].join("\n");
}
