// npm run test:truth:bite [-- TITLE]: puts each known fault back into a copy of the library, and checks that wrong
// results are found.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LONGER_DEADLINES, type Patch, patches } from "./patches.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const notCopied = new Set(["node_modules", ".git", "dist"].map((name) => join(root, name)));

const [only] = process.argv.slice(2);
if (only !== undefined && !Object.hasOwn(patches, only))
  throw new Error(`there is no such fault; there are: ${Object.keys(patches).join(", ")}`);
for (const [title, some] of Object.entries(patches)) {
  if (only !== undefined && only !== title) continue;
  const found = some.length === 0 ? "no patch is known" : lieWith(title, some);
  console.log(`${title}: ${found ?? "NO LIE FOUND"}`);
  if (found === undefined || some.length === 0) process.exitCode = 1;
}

/** The first lie that is told with the patches in; `undefined` where there is none. */
function lieWith(title: string, some: readonly Patch[]): string | undefined {
  const copy = mkdtempSync(join(tmpdir(), "bite-"));
  try {
    cpSync(root, copy, { recursive: true, filter: (path) => !notCopied.has(path) });
    symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
    for (const patch of [LONGER_DEADLINES, ...some]) apply(copy, patch);
    const args = ["--import", "tsx", "test/live/truth/run.ts", "fault", title];
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: copy, encoding: "utf8" });
    if (status !== 0 && !stdout.includes("LIE: ")) throw new Error(`${title}: the run failed\n${stdout}${stderr}`);
    return /LIE: (.*)/.exec(stdout)?.[1];
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function apply(copy: string, { file, find, replace }: Patch): void {
  const path = join(copy, file);
  const parts = readFileSync(path, "utf8").split(find);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
  writeFileSync(path, parts.join(replace));
}
