import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./install.mjs";

// bundle.mjs [folder]: makes the package's JavaScript of src. A few files load several times faster than some hundred,
// so zod and the regexp engine are built in; what is shared with users' programs (Connect, protobuf) is not.

const out = process.argv[2] ?? join(root, "dist");
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

// Most programs match no regexp, and making the engine's tables takes longer than a first call.
const lateRegexpEngine = {
  name: "late-regexp-engine",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]regexp[\\/]re2-engine\.ts$/ }, () => ({
      contents: 'export const re2Engine = () => require("@bufbuild/re2");',
      resolveDir: root,
    }));
  },
};

rmSync(join(out, "js"), { recursive: true, force: true });

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    index: "src/index.ts",
    filters: "src/filters/index.ts",
    reference: "src/reference/index.ts",
    testing: "src/testing/index.ts",
    raw: "src/raw/index.ts",
    cli: "src/testing/cli.ts",
  },
  outdir: join(out, "js"),
  bundle: true,
  splitting: true,
  format: "esm",
  target: "node20",
  platform: "node",
  external: [...Object.keys(dependencies), ...Object.keys(peerDependencies)].flatMap((name) => [name, `${name}/*`]),
  sourcemap: true,
  sourcesContent: false,
  legalComments: "inline",
  plugins: [lateRegexpEngine],
  metafile: true,
});

const builtIn = Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
writeFileSync(join(out, "js/THIRD-PARTY-LICENSES.txt"), [...new Set(builtIn)].sort().map(licenseOf).join("\n"));

function licenseOf(folder) {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
  return `${folder.replace("node_modules/", "")}\n\n${readFileSync(join(root, folder, file), "utf8")}`;
}
