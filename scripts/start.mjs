import { spawnSync } from "node:child_process";
import { ensureInstalled, root } from "./install.mjs";

try {
  await ensureInstalled();
  const args = ["--import", "tsx", "examples/start.ts", ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
