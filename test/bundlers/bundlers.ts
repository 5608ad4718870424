import { copyFile, cp, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { bunBinary } from "../live/nodes/node-versions.js";
import { run } from "../package/packed.js";

/** A program of the project: what it does, or what is measured. */
export type Entry = "main" | "client" | "filters";

/** A way to make one program, with everything it needs, out of an entry of a project. */
export interface Bundler {
  readonly name: string;
  /** What npm installs for it. */
  readonly packages: readonly string[];
  /** Bundles `<entry>.mjs` into the folder `out/<entry>`. */
  bundle(project: string, entry: Entry): Promise<void>;
  /** The command that runs the program `out/main`. */
  readonly command: readonly [string, ...string[]];
  /** The most bytes, minified, that an import may cost: what it costs today. */
  readonly limits?: Readonly<Record<Exclude<Entry, "main">, number>>;
}

export const esbuild: Bundler = {
  name: "esbuild",
  packages: [],
  bundle: (project, entry) => bundleWithEsbuild(project, entry, "esm", `out/${entry}/${entry}.mjs`),
  command: [process.execPath, "out/main/main.mjs"],
  limits: { client: 341_380, filters: 68_500 },
};

const rollup: Bundler = {
  name: "rollup",
  packages: ["rollup@4", "@rollup/plugin-node-resolve@16", "@rollup/plugin-terser@1"],
  bundle: async (project, entry) => {
    await writeFile(join(project, "rollup.config.mjs"), ROLLUP_CONFIG);
    await npx(project, "rollup", "-c", "-i", `${entry}.mjs`, "-o", `out/${entry}/${entry}.mjs`);
  },
  command: [process.execPath, "out/main/main.mjs"],
  limits: { client: 331_080, filters: 68_500 },
};

const ROLLUP_CONFIG = `
import resolve from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
export default {
  output: { format: "es", inlineDynamicImports: true },
  plugins: [resolve({ exportConditions: ["node"], preferBuiltins: true }), terser()],
  // Connect's own code has warnings.
  onwarn: ({ code, id, message }) => {
    if (code === "UNRESOLVED_IMPORT" || id?.includes("containerd-images")) throw new Error(message);
  },
};
`;

const webpack: Bundler = {
  name: "webpack",
  packages: ["webpack@5", "webpack-cli@7"],
  bundle: async (project, entry) => {
    await writeFile(join(project, "webpack.config.cjs"), WEBPACK_CONFIG);
    await npx(project, "webpack", "--entry", `./${entry}.mjs`, "--output-path", `out/${entry}`);
  },
  command: [process.execPath, "out/main/main.js"],
  limits: { client: 340_790, filters: 68_500 },
};

const WEBPACK_CONFIG = `
module.exports = {
  mode: "production",
  target: "node20",
  module: { parser: { javascript: { exportsPresence: "error" } } },
  stats: "errors-warnings",
};
`;

const vite: Bundler = {
  name: "vite",
  packages: ["vite@8"],
  bundle: async (project, entry) => {
    await writeFile(join(project, "vite.config.mjs"), VITE_CONFIG);
    await npx(project, "vite", "build", "--ssr", `${entry}.mjs`, "--outDir", `out/${entry}`, "--logLevel", "warn");
  },
  command: [process.execPath, "out/main/main.mjs"],
  limits: { client: 328_760, filters: 68_500 },
};

const VITE_CONFIG = `
export default { ssr: { noExternal: true }, build: { minify: true } };
`;

const next: Bundler = {
  name: "Next.js",
  packages: ["next@16", "react@19", "react-dom@19"],
  bundle: async (project) => {
    await run("npm", ["pkg", "set", "type=module"], project);
    await mkdir(join(project, "app/api"), { recursive: true });
    await copyFile(join(project, "report.mjs"), join(project, "app/api/report.mjs"));
    await writeFile(join(project, "app/api/route.js"), NEXT_ROUTE);
    await writeFile(join(project, "next.config.mjs"), NEXT_CONFIG);
    await npx(project, "next", "build");
    await cp(join(project, ".next/standalone"), join(project, "out/main"), { recursive: true });
    await writeFile(join(project, "out/main/ask.mjs"), NEXT_ASK);
  },
  command: [process.execPath, "out/main/ask.mjs"],
};

const NEXT_ROUTE = `
import { report } from "./report.mjs";
export const dynamic = "force-dynamic";
export async function GET() {
  return new Response(await report(process.env.CONTAINERD_ADDRESS));
}
`;

const NEXT_CONFIG = `
export default { output: "standalone", outputFileTracingRoot: import.meta.dirname, turbopack: { root: import.meta.dirname } };
`;

const NEXT_ASK = `
import { spawn } from "node:child_process";
import { createServer } from "node:net";
const probe = createServer().listen(0, "127.0.0.1");
await new Promise((resolve) => probe.once("listening", resolve));
const { port } = probe.address();
await new Promise((resolve) => probe.close(resolve));
const env = { ...process.env, PORT: String(port), HOSTNAME: "127.0.0.1" };
const server = spawn(process.execPath, ["out/main/server.js"], { env, stdio: ["ignore", "ignore", "inherit"] });
try {
  let response;
  for (let i = 0; i < 200 && response === undefined; i += 1) {
    response = await fetch("http://127.0.0.1:" + port + "/api").catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
  }
  console.log(await response?.text());
} finally {
  server.kill();
}
`;

/** One executable file: Node with the program inside. */
const singleExecutable: Bundler = {
  name: "single executable of Node",
  packages: ["postject@1.0.0-alpha.6"],
  bundle: async (project) => {
    await bundleWithEsbuild(project, "main", "cjs", "sea/main.cjs");
    const config = { main: "sea/main.cjs", output: "sea/main.blob", disableExperimentalSEAWarning: true };
    await writeFile(join(project, "sea.json"), JSON.stringify(config));
    await run(process.execPath, ["--experimental-sea-config", "sea.json"], project);
    await copyFile(process.execPath, join(project, "sea/app"));
    const fuse = ["--sentinel-fuse", "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2"];
    await npx(project, "postject", "sea/app", "NODE_SEA_BLOB", "sea/main.blob", ...fuse);
    await mkdir(join(project, "out"), { recursive: true });
    await rename(join(project, "sea/app"), join(project, "out/app"));
  },
  command: ["out/app"],
};

const bunExecutable: Bundler = {
  name: "single executable of Bun",
  packages: [],
  bundle: async (project) => {
    await run(await bunBinary(), ["build", "--compile", "main.mjs", "--outfile", "out/app"], project);
  },
  command: ["out/app"],
};

export const bundlers: readonly Bundler[] = [esbuild, rollup, webpack, vite, next, singleExecutable, bunExecutable];

async function bundleWithEsbuild(project: string, entry: Entry, format: "esm" | "cjs", outfile: string): Promise<void> {
  const { warnings } = await build({
    absWorkingDir: project,
    entryPoints: [`${entry}.mjs`],
    outfile,
    bundle: true,
    minify: true,
    format,
    platform: "node",
    target: "node20",
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
}

function npx(project: string, tool: string, ...args: readonly string[]): Promise<string> {
  return run(join(project, "node_modules/.bin", tool), args, project);
}
