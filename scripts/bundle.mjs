import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { root } from "./install.mjs";
import { nameChunks } from "./name-chunks.mjs";
import { nodeModules } from "./node-modules.mjs";
import { keepSources } from "./source-map.mjs";

// bundle.mjs [folder]: makes the package's JavaScript of src. A few files load several times faster than some hundred,
// so zod and the regexp engine are built in; what is shared with users' programs (Connect, protobuf) is not.

const out = process.argv[2] ?? join(root, "dist");
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

// Most programs match no regexp, and making the engine's tables takes longer than a first call. So the engine is a
// module that is run when it is first required. Nothing is left out of such a module, so it is bundled by itself first.
const lateRegexpEngine = {
  name: "late-regexp-engine",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]regexp[\\/]re2-engine\.ts$/ }, () => ({
      contents: 'export const re2Engine = () => require("@bufbuild/re2");',
      resolveDir: root,
    }));
    onLoad({ filter: /[\\/]@bufbuild[\\/]re2[\\/]/ }, async () => ({ contents: await regexpEngine() }));
  },
};

async function regexpEngine() {
  const contents = 'export { RE2JS, RE2JSSyntaxException } from "@bufbuild/re2";';
  const options = { bundle: true, format: "cjs", platform: "node", minify: true, write: false };
  const { outputFiles } = await build({ stdin: { contents, resolveDir: root }, ...options });
  return outputFiles[0].text;
}

// Each file costs a new program about a millisecond. esbuild makes one file of the modules that the same entries load.
// So entries load more than they use, and the client is three files and not twenty: its entry, what `./filters` and
// `./reference` have too, and the rest. Users' bundlers leave out what is not used. Without "sideEffects" for the
// loaded modules in package.json, esbuild would leave the imports out.
const PURE = ["src/filters/index.ts", "src/reference/index.ts"];
const ALL = [...PURE, "src/index.ts"];

const loadingMore = {
  name: "loading-more",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:pure|all):/ }, ({ path }) => {
      const [namespace, entry] = path.split(":");
      return { path: entry, namespace };
    });
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === "dynamic-import"
        ? { path: relative(root, resolve(resolveDir, path)).replace(/js$/, "ts"), namespace: "all" }
        : undefined,
    );
    onLoad({ filter: /./, namespace: "pure" }, ({ path }) => entryThatLoads(PURE, path));
    onLoad({ filter: /./, namespace: "all" }, ({ path }) => entryThatLoads(ALL, path));
  },
};

function entryThatLoads(others, path) {
  const hashbang = /^(?:#!.*\n)?/.exec(readFileSync(join(root, path), "utf8"))[0];
  const imports = others.map((other) => `import "./${other}";`);
  return { contents: `${hashbang}${imports.join(" ")} export * from "./${path}";`, resolveDir: root };
}

const js = join(out, "js");
rmSync(js, { recursive: true, force: true });

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    index: "all:src/index.ts",
    filters: "pure:src/filters/index.ts",
    reference: "pure:src/reference/index.ts",
    testing: "all:src/testing/index.ts",
    raw: "all:src/raw/index.ts",
    cli: "all:src/testing/cli.ts",
    // What src loads with import(): named here, because other files get a hash as a name.
    diagnose: "all:src/diagnose/diagnose.ts",
    "event-streams": "all:src/transport/http2/event-streams.ts",
    "events-over-transport": "all:src/transport/events-over-transport.ts",
    "from-transport": "all:src/transport/from-transport.ts",
    "generated-client": "all:src/raw/generated-client.ts",
  },
  outdir: js,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "node20",
  platform: "node",
  external: [...Object.keys(dependencies), ...Object.keys(peerDependencies)].flatMap((name) => [name, `${name}/*`]),
  sourcemap: true,
  sourcesContent: false,
  legalComments: "inline",
  // Node reads a third less. Names are kept, because errors and stack traces show them.
  minifyWhitespace: true,
  lineLimit: 200,
  plugins: [lateRegexpEngine, nodeModules, loadingMore],
  metafile: true,
});

nameChunks(js, metafile);
for (const name of readdirSync(js).filter((file) => file.endsWith(".map"))) {
  const map = JSON.parse(readFileSync(join(js, name), "utf8"));
  // The package contains its own sources, and not those of what is built in.
  const own = keepSources(map, (source) => !source.includes("node_modules/"));
  writeFileSync(join(js, name), JSON.stringify(own));
}

const builtIn = Object.keys(metafile.inputs).flatMap((path) => /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
writeFileSync(join(js, "THIRD-PARTY-LICENSES.txt"), [...new Set(builtIn)].sort().map(licenseOf).join("\n"));

function licenseOf(folder) {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
  return `${folder.replace("node_modules/", "")}\n\n${readFileSync(join(root, folder, file), "utf8")}`;
}
