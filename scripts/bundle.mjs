import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { root } from "./install.mjs";
import { nameChunks } from "./name-chunks.mjs";
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

// Each file costs a new program about half a millisecond. esbuild makes one file of the modules that the same entries load.
// So every other entry loads the client too, which most programs that use it do anyway, and the client is a few files
// and not twenty. Without "sideEffects" for src/index.ts in package.json, esbuild would leave the import out.
const withClient = {
  name: "with-client",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^with-client:/ }, ({ path }) => inNamespace(path.slice("with-client:".length)));
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) =>
      kind === "dynamic-import"
        ? inNamespace(relative(root, resolve(resolveDir, path)).replace(/js$/, "ts"))
        : undefined,
    );
    onLoad({ filter: /./, namespace: "with-client" }, ({ path }) => ({
      contents: `${hashbangOf(path)}import "./src/index.ts"; export * from "./${path}";`,
      resolveDir: root,
    }));
  },
};

function inNamespace(path) {
  return { path, namespace: "with-client" };
}

function hashbangOf(path) {
  return /^(?:#!.*\n)?/.exec(readFileSync(join(root, path), "utf8"))[0];
}

const js = join(out, "js");
rmSync(js, { recursive: true, force: true });

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    index: "src/index.ts",
    filters: "src/filters/index.ts",
    reference: "src/reference/index.ts",
    testing: "with-client:src/testing/index.ts",
    raw: "with-client:src/raw/index.ts",
    cli: "with-client:src/testing/cli.ts",
    // What src loads with import(): named here, because other files get a hash as a name.
    diagnose: "with-client:src/diagnose/diagnose.ts",
    "event-streams": "with-client:src/transport/http2/event-streams.ts",
    "events-over-transport": "with-client:src/transport/events-over-transport.ts",
    "from-transport": "with-client:src/transport/from-transport.ts",
    "generated-client": "with-client:src/raw/generated-client.ts",
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
  plugins: [lateRegexpEngine, withClient],
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
