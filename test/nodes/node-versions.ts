import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "../package/packed.js";

/** The Node versions that are supported beside the one that runs the tests. */
export const nodeVersions = ["22", "24", "26"] as const;

/** The path of a Node of that version, fetched into a cache outside the checkout if missing. */
export async function nodeBinary(version: string): Promise<string> {
  const cache =
    process.env["CONTAINERD_IMAGES_CACHE"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "containerd-images");
  const folder = join(cache, `node-${version}`);
  // What the package "node" installs by a script, taken directly.
  const name = `node-${process.platform}-${process.arch}`;
  const binary = join(folder, "node_modules", name, "bin/node");
  const options = ["--no-save", "--no-audit", "--no-fund", "--prefix", folder];
  if (!existsSync(binary)) await run("npm", ["install", ...options, `${name}@${version}`], ".");
  return binary;
}
