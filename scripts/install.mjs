import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs `npm ci` if the installed packages are not those of package-lock.json; throws if it fails. */
export function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  console.log("Installing the packages of package-lock.json …");
  const { status, stdout, stderr } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm ci failed:\n${stdout}${stderr}`);
}

// As `engines` in package.json says.
function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 3) || (major === 20 && minor >= 19)) return;
  throw new Error(`Node 20 from 20.19, or Node 22.3 or newer is needed; this is ${process.versions.node}.`);
}

// npm keeps a lock file of the installed packages, without optional packages for other platforms.
function isInstalled() {
  const wanted = packagesOf("package-lock.json");
  const installed = packagesOf("node_modules/.package-lock.json");
  const isThere = ([path, { version, optional }]) =>
    installed[path]?.version === version || (optional && !installed[path]);
  return (
    installed !== undefined && Object.entries(wanted).every(([path, entry]) => path === "" || isThere([path, entry]))
  );
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(join(root, lockFile), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
