import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);
// Below node_modules, where the packages are found and nobody looks for sources; test/package/performance/tsconfig.json
// says so.
const out = new URL("node_modules/.cache/containerd-images-performance/", root);

/** The library's entry module, and the folder of the bench, both compiled. */
export interface Built {
  readonly library: string;
  readonly bench: URL;
}

/** Builds the library as it is published, and the bench: what tsx makes of them is slower. */
export function build(): Built {
  rmSync(out, { recursive: true, force: true });
  const inRoot = (path: string) => fileURLToPath(new URL(path, root));
  const run = (...args: readonly string[]) => execFileSync(process.execPath, args, { stdio: "inherit" });
  run(inRoot("node_modules/typescript/bin/tsc"), "-p", inRoot("test/package/performance"));
  run(inRoot("scripts/bundle.mjs"), fileURLToPath(out));
  return { library: new URL("js/index.js", out).href, bench: new URL("bench/", out) };
}
