import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const ENTRY = "dist/js/index.js";
const run = promisify(execFile);

/**
 * The entry module of another version of this library: `from` is the folder of a built checkout, or what npm can install,
 * which is put into `dir`: a tarball, or `containerd-images@` and a version.
 */
export async function entryOf(from: string, dir: string): Promise<string> {
  const built = resolve(from, ENTRY);
  if (existsSync(built)) return pathToFileURL(built).href;
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", dir, from]);
  return pathToFileURL(join(dir, "node_modules/containerd-images", ENTRY)).href;
}
