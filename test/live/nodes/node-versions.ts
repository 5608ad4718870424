import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../package/packed.js";
import { cacheDir } from "../../support/daemon/cache-dir.js";

/** The Node versions that are supported beside the one that runs the tests. */
export const nodeVersions = ["22", "24", "26"] as const;

/** The path of a Node of that version, fetched into a cache outside the checkout if missing. */
export function nodeBinary(version: string): Promise<string> {
  return binary(`node-${version}`, `node-${process.platform}-${process.arch}`, version, "bin/node");
}

/** The path of a Deno 2, fetched in the same way. */
export function denoBinary(): Promise<string> {
  const libc = process.platform === "linux" ? "-glibc" : "";
  return binary("deno-2", `@deno/${process.platform}-${process.arch}${libc}`, "2", "deno");
}

/** The path of a Bun 1, fetched in the same way; the build for old processors, which runs on all. */
export function bunBinary(): Promise<string> {
  const cpu = process.arch === "x64" ? "x64-baseline" : "aarch64";
  return binary("bun-1", `@oven/bun-${process.platform}-${cpu}`, "1", "bin/bun");
}

// What the packages "node", "deno" and "bun" install by a script, taken directly.
async function binary(folder: string, name: string, version: string, path: string): Promise<string> {
  const prefix = join(cacheDir(), folder);
  const file = join(prefix, "node_modules", name, path);
  const options = ["--no-save", "--no-audit", "--no-fund", "--prefix", prefix];
  if (!existsSync(file)) await run("npm", ["install", ...options, `${name}@${version}`], ".");
  return file;
}
