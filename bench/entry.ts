import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

const ENTRY = "dist/js/index.js";
const run = promisify(execFile);

/**
 * The entry module of another version of this library: `from` is the folder of a built checkout, or what npm can
 * install, which is put into `dir`: a tarball, or `containerd-images@` and a version.
 */
export async function entryOf(from: string, dir: string): Promise<string> {
  const built = resolve(from, ENTRY);
  if (existsSync(built)) return pathToFileURL(built).href;
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", dir, from]);
  return pathToFileURL(join(dir, "node_modules/containerd-images", ENTRY)).href;
}

/** The version that an entry module belongs to, and the commit if it is in a checkout. */
export async function versionOf(entry: string): Promise<string> {
  const root = new URL("../../", entry);
  const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { readonly version: string };
  const commit = await run("git", ["rev-parse", "--short", "HEAD"], { cwd: fileURLToPath(root) }).catch(
    () => undefined,
  );
  return `the library before: ${[version, commit?.stdout.trim()].filter(Boolean).join(", commit ")}`;
}
