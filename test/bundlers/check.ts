import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { InMemoryImages } from "../../src/testing/index.js";
import { scratch } from "../package/packed.js";
import type { Bundler, Entry } from "./bundlers.js";
import { REPORT, SEED } from "./project.js";

const exec = promisify(execFile);

/** What an import costs, in bytes. */
export type Sizes = Readonly<Partial<Record<Entry, number>>>;

/**
 * Bundles the programs of a project, runs the one that makes calls where there is no package, and measures the others.
 */
export async function checkBundler({ bundle, command, limits }: Bundler, project: string): Promise<Sizes> {
  await bundle(project, "main");
  await using alone = await scratch("alone");
  await cp(join(project, "out"), join(alone.path, "out"), { recursive: true });
  assert.equal(await reportOf(command, alone.path), REPORT);
  const sizes: Record<string, number> = {};
  for (const [entry, limit] of Object.entries(limits ?? {}) as [Entry, number][]) {
    await bundle(project, entry);
    const bytes = await sizeOf(join(project, "out", entry));
    assert.ok(bytes <= limit, `${entry} costs ${bytes} bytes, and may cost ${limit}`);
    sizes[entry] = bytes;
  }
  return sizes;
}

/** What the program reports about a service on a socket. */
async function reportOf([program, ...args]: Bundler["command"], folder: string): Promise<string> {
  const service = new InMemoryImages();
  service.seed(SEED);
  const address = join(folder, "images.sock");
  await using _server = await service.listen(address);
  const env = { ...process.env, CONTAINERD_ADDRESS: address };
  const { stdout } = await exec(program, args, { cwd: folder, env, timeout: 60_000 });
  return stdout.trim();
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
