import { mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ownUrls } from "./own-urls.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bundles = new Map<string, Promise<string>>();
let folder: string | undefined;

/**
 * A TypeScript program of this repository as one JavaScript file, with all that it imports of `src`; plain node loads
 * that in a third of the time that a loader of TypeScript takes. It is deleted when this process ends.
 */
export function bundled(program: string): Promise<string> {
  const known = bundles.get(program);
  if (known !== undefined) return known;
  const outfile = join(scratchFolder(), `${bundles.size}-${basename(program).replace(/\.m?ts$/, "")}.mjs`);
  const made = bundle(program, outfile);
  bundles.set(program, made);
  return made;
}

/** How node runs a bundled program: with errors that name the lines of its source. */
export async function nodeArgs(program: string, args: readonly string[] = []): Promise<string[]> {
  return ["--enable-source-maps", await bundled(program), ...args];
}

async function bundle(program: string, outfile: string): Promise<string> {
  await build({
    entryPoints: [program],
    outfile,
    absWorkingDir: root,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    plugins: [ownUrls],
    logLevel: "silent", // the error that it throws says it all
  });
  return outfile;
}

// Inside the repository, where node finds the packages.
function scratchFolder(): string {
  if (folder !== undefined) return folder;
  const made = mkdtempSync(join(root, "test/.programs-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  folder = made;
  return made;
}
