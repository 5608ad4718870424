import { ensureInstalled } from "./install.mjs";
import { allParts, selectParts } from "./parts.mjs";
import { notRun, runPart } from "./run-part.mjs";

// npm test [-- filter…]        everything, or the parts and test files whose path contains a filter
// npm run test:local [filter…] without the parts that need root and Debian

const atOnce = 2;
const args = process.argv.slice(2);
const results = [];
let order = [];

try {
  ensureInstalled();
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
  const isLocal = (part) => !part.needsDaemons && !part.isSetup;
  const leftOut = parts.filter((part) => !isLocal(part)).map((part) => part.name);
  if (leftOut.length > 0) console.log(`Left out, since they need root and Debian: ${leftOut.join(", ")}`);
  if (leftOut.length === parts.length) throw new Error("Nothing is left to run.");
  return parts.filter(isLocal);
}

/** Checks first, then tests, then what measures time; the first two kinds some at once. */
async function runAll(parts) {
  order = parts.map(({ name }) => name);
  await runSome(
    parts.filter((part) => part.files === undefined),
    atOnce,
  );
  await runSome(
    parts.filter((part) => part.files !== undefined && !part.runsAlone),
    atOnce,
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
  const started = performance.now();
  const noDaemons = part.needsDaemons && results.some(({ name, failed }) => name === "daemons" && failed > 0);
  const outcome = noDaemons ? notRun("not run: there are no daemons, see above") : await runPart(part);
  const entry = { name: part.name, ...outcome, seconds: (performance.now() - started) / 1000 };
  results.push(entry);
  console.log(line(entry));
  if (entry.failed > 0 && entry.output !== "") console.log(`${entry.output.trimEnd()}\n— end of ${part.name}`);
}

function closing() {
  results.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const [passed, failed] = [sum("passed"), sum("failed")];
  console.log(`\n${results.map(line).join("\n")}\n\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function sum(key) {
  return results.reduce((total, entry) => total + entry[key], 0);
}

function line({ name, failed, seconds, summary }) {
  const result = failed === 0 ? "passed" : "FAILED";
  return `${name.padEnd(24)} ${result} ${seconds.toFixed(1).padStart(6)} s  ${summary}`.trimEnd();
}
