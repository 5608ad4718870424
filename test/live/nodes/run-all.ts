// `npm run test:all`: every check, once with each supported Node.
import { spawnSync } from "node:child_process";
import { root } from "../../package/packed.js";
import { nodeBinary, nodeVersions } from "./node-versions.js";

const failed: string[] = [];
for (const version of ["20", ...nodeVersions]) {
  const node = process.version.startsWith(`v${version}.`) ? process.execPath : await nodeBinary(version);
  console.log(`\nNode ${version}\n`);
  const { status } = spawnSync(node, ["scripts/test.mjs", ...process.argv.slice(2)], { cwd: root, stdio: "inherit" });
  if (status !== 0) failed.push(version);
}
console.log(failed.length === 0 ? "\nEvery Node passed." : `\nFailed with Node ${failed.join(", ")}.`);
process.exitCode = failed.length === 0 ? 0 : 1;
