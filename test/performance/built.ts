import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
// Below node_modules, where the packages are found and nobody looks for sources; test/performance/tsconfig.json says so.
const out = new URL("node_modules/.cache/containerd-images-performance/", root);

/** The library's entry module, and the folder of the bench, both compiled. */
export interface Built {
  readonly library: string;
  readonly bench: URL;
}

/** Compiles library and bench: what tsx makes of them is slower than what is published. */
export function build(): Built {
  rmSync(out, { recursive: true, force: true });
  const tsc = fileURLToPath(new URL("node_modules/typescript/bin/tsc", root));
  execFileSync(process.execPath, [tsc, "-p", fileURLToPath(new URL("test/performance", root))], { stdio: "inherit" });
  return { library: new URL("src/index.js", out).href, bench: new URL("bench/", out) };
}
