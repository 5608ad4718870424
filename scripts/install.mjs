import { exec } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The checkout's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

// Also with NODE_ENV=production or npm's option `omit`: tsx is a development package, and needs an optional one.
const ALL_PACKAGES = "--include=dev --include=optional";

/**
 * Runs `npm ci` if the installed packages are not those of package-lock.json; throws if it fails.
 *
 * What npm says is only shown if it fails. Meanwhile, this says from time to time that npm still works.
 */
export async function ensureInstalled() {
  requireNode();
  if (isInstalled()) return;
  console.log("Installing the packages of package-lock.json, which may take some minutes …");
  const startedAt = performance.now();
  const tell = () => console.log(`  still installing, after ${((performance.now() - startedAt) / 1000).toFixed()} s`);
  const timer = setInterval(tell, 15_000);
  try {
    // By a shell: on Windows npm is a script, which Node starts in no other way.
    await promisify(exec)(`npm ci ${ALL_PACKAGES} --no-audit --no-fund`, {
      cwd: root,
      maxBuffer: Number.MAX_SAFE_INTEGER,
    });
  } catch (error) {
    throw new Error(`npm ci failed:\n${error.stdout}${error.message}`);
  } finally {
    clearInterval(timer);
  }
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
  const isThere = ([path, entry]) =>
    installed[path]?.version === entry.version || (entry.optional && !installed[path] && !isForHere(entry));
  return (
    installed !== undefined && Object.entries(wanted).every(([path, entry]) => path === "" || isThere([path, entry]))
  );
}

// npm certainly installs it here, also by its `engines`. If it is missing, another system has installed the packages,
// and this is a container that has mounted its checkout.
function isForHere({ os, cpu, libc, engines }) {
  const [, oldestNode] = /^>=(\d+)[\d.]*$/.exec(engines?.node ?? ">=0") ?? [];
  return oldestNode < 20 && libc === undefined && os?.includes(process.platform) && cpu?.includes(process.arch);
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(join(root, lockFile), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
