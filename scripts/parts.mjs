import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.mjs";

const isLong = process.env.CONTAINERD_IMAGES_LONG === "1";

// The path of a test file says how to run it; test/README.md explains the folders.
const isLive = (path) => /^test\/(contract|live)\//.test(path); // it may start daemons, as root on Debian
const isTimed = (path) => path.endsWith(".timed.test.ts"); // it measures time, so nothing else may run at the same time
const usesPackage = (path) => /^test\/(package|live\/nodes)\//.test(path); // it may install what `npm run build` makes
// With the others of its part. In the long form a file may take an hour, so it has its own process and limit.
const sharesProcess = (path) => !isLong || (path.startsWith("test/unit/") && !isTimed(path));

/**
 * The folders that take the most time, each a part of its own; every other folder is in the part of `test/unit`,
 * `test/live` and so on. They start in this order: one of them that starts last would run for a minute beside nothing.
 */
const LARGE = [
  "test/live",
  "test/faults",
  "test/package",
  "test/contract",
  "test/live/truth",
  "test/live/nodes",
  "test/unit",
  "test/unit/operations",
  "test/unit/testing",
  "test/live/operations",
  "test/live/examples",
  "test/package/performance",
  "test/live/docs",
  "test/unit/codec",
  "test/faults/filters",
  "test/live/testing",
  "test/live/watch",
  "test/live/transport",
  "test/unit/filters",
  "test/unit/schema",
  "test/unit/transport",
];

const reporter = ["--test-reporter=./scripts/reporter.mjs", "--test-reporter-destination=stdout"];
const node = process.execPath;
const testTimeoutMs = 3_600_000; // a test file that hangs fails, and does not block the build

/**
 * Everything that `npm test` does, in order: `{ name, commands }`, and for tests `files` too; `needs` has the names of
 * the parts that must have passed before.
 */
export function allParts() {
  return [
    { name: "types", commands: [["npm", "run", "--silent", "typecheck"]] },
    { name: "lint", commands: [["npm", "run", "--silent", "lint", "--", "--colors=off"]] },
    {
      name: "proto",
      commands: [
        ["buf", "lint"],
        ["buf", "build"],
        [node, "scripts/check-generated.mjs"],
      ],
    },
    { name: "unused", commands: [["knip"]] },
    { name: "build", commands: [["npm", "run", "--silent", "build"]] },
    { name: "daemons", needsDebian: true, commands: [[node, "--import", "tsx", "test/support/daemon/prepare.ts"]] },
    ...testParts(),
  ];
}

/**
 * The parts that the filters select, and those that they need: the whole part if its name contains a filter, otherwise
 * its files whose path contains one.
 */
export function selectParts(parts, filters) {
  if (filters.length === 0) return parts;
  const selected = parts.flatMap((part) => {
    if (filters.some((filter) => part.name.includes(trim(filter)))) return [part];
    const files = part.files?.filter((file) => filters.some((filter) => file.includes(trim(filter)))) ?? [];
    return files.length > 0 ? [testPart(part.name, files)] : [];
  });
  const isNeeded = ({ name }) => selected.some(({ needs }) => needs?.includes(name));
  return [...parts.filter((part) => isNeeded(part) && !selected.includes(part)), ...selected];
}

/** All test files, by part; the timed files of a part are another one. */
function testParts() {
  const files = readdirSync(join(root, "test"), { recursive: true }).filter((file) => file.endsWith(".test.ts"));
  const paths = files.map((file) => `test/${file}`).sort();
  const names = new Set(paths.map(partOf));
  const inOrder = new Set([...LARGE.filter((name) => names.has(name)), ...names]);
  return [...inOrder].map((name) =>
    testPart(
      name,
      paths.filter((path) => partOf(path) === name),
    ),
  );
}

function partOf(path) {
  const folder = folderOf(path);
  // In the long form a folder takes as long as a part may.
  const name = isLong || LARGE.includes(folder) ? folder : folder.split("/", 2).join("/");
  return `${name}${isTimed(path) ? " (timed)" : ""}`;
}

function testPart(name, files) {
  const runsAlone = files.every(isTimed);
  const options = [`--test-timeout=${testTimeoutMs}`, ...(runsAlone ? ["--test-concurrency=1"] : [])];
  const run = files.every(sharesProcess) ? ["scripts/load-tests.mjs"] : ["--test", ...options];
  return {
    name,
    files,
    commands: [[node, "--import", "tsx", ...reporter, ...run, ...files]],
    needs: [...(files.some(usesPackage) ? ["build"] : []), ...(files.some(isLive) ? ["daemons"] : [])],
    needsDebian: files.some(isLive),
    runsAlone,
    timeoutMs: isLong ? 7_200_000 : undefined,
  };
}

function folderOf(path) {
  return path.slice(0, path.lastIndexOf("/"));
}

function trim(filter) {
  return filter.replace(/^\.\//, "").replace(/\/$/, "");
}
