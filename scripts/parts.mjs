import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.mjs";

/** Folders whose tests start real daemons or nginx, so that they need root and Debian. A test keeps this complete. */
const needsDaemons = [
  "test/live/chaos",
  "test/contract",
  "test/support/daemon",
  "test/live/diagnose",
  "test/live/docs",
  "test/live/examples",
  "test/live/filters",
  "test/live/go-oracle",
  "test/live/nodes",
  "test/live/operations",
  "test/support/raw-cases",
  "test/live/testing",
  "test/live/transport",
  "test/live/truth",
  "test/live/watch",
];

/** Folders whose tests measure time, so that nothing else may run meanwhile. */
const runsAlone = [
  "test/faults",
  "test/package/performance",
  "test/unit/transport",
  "test/live/transport",
  "test/live/watch",
];

const node = process.execPath;
const isLong = process.env.CONTAINERD_IMAGES_LONG === "1";
const testTimeoutMs = isLong ? 3_600_000 : 300_000; // a test file that hangs is a failure, not a stuck build

/** Everything that `npm test` does, in order: `{ name, commands }`, and for folders of tests `{ dir, files }` too. */
export function allParts() {
  return [
    { name: "types", commands: [["tsc", "-p", "."]] },
    { name: "lint", commands: [["biome", "ci", "--error-on-warnings", "--colors=off", "."]] },
    {
      name: "proto",
      commands: [
        ["buf", "lint"],
        ["buf", "build"],
        [node, "scripts/check-generated.mjs"],
      ],
    },
    { name: "unused", commands: [["knip"]] },
    { name: "reference", commands: [["typedoc", "--emit", "none"]] },
    { name: "build", commands: [["npm", "run", "--silent", "build"]] },
    { name: "daemons", isSetup: true, commands: [[node, "--import", "tsx", "test/support/daemon/prepare.ts"]] },
    ...testFolders().map(([dir, files]) => testPart(dir, files)),
  ];
}

/** The parts that the filters name: whole when a filter is in a part's name, else those of its files that it is in. */
export function selectParts(parts, filters) {
  if (filters.length === 0) return parts.filter((part) => !part.isSetup || parts.some((other) => other.needsDaemons));
  const selected = parts.flatMap((part) => {
    if (filters.some((filter) => part.name.includes(trim(filter)))) return [part];
    const files = part.files?.filter((file) => filters.some((filter) => file.includes(trim(filter)))) ?? [];
    return files.length > 0 ? [testPart(part.dir, files)] : [];
  });
  const setup = parts.filter((part) => part.isSetup && !selected.includes(part));
  return selected.some((part) => part.needsDaemons) ? [...setup, ...selected] : selected;
}

function testPart(dir, files) {
  const alone = runsAlone.includes(dir) ? ["--test-concurrency=1"] : [];
  const options = ["--test-reporter=spec", `--test-timeout=${testTimeoutMs}`, ...alone];
  return {
    name: dir,
    dir,
    files,
    commands: [[node, "--import", "tsx", "--test", ...options, ...files]],
    needsDaemons: needsDaemons.includes(dir),
    runsAlone: alone.length > 0,
    timeoutMs: isLong ? 7_200_000 : undefined,
  };
}

function testFolders() {
  if (!existsSync(join(root, "test"))) return [];
  const files = readdirSync(join(root, "test"), { recursive: true }).filter((file) => file.endsWith(".test.ts"));
  const paths = files.map((file) => `test/${file}`).sort();
  const folders = [...new Set(paths.map(folderOf))].sort();
  return folders.map((folder) => [folder, paths.filter((path) => folderOf(path) === folder)]);
}

function folderOf(path) {
  return path.slice(0, path.lastIndexOf("/"));
}

function trim(filter) {
  return filter.replace(/^\.\//, "").replace(/\/$/, "");
}
