import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { transform } from "esbuild";
import { root } from "./install.mjs";

// commonjs.mjs [folder]: makes a CommonJS module of each ES module in dist/js, for Jest and TypeScript that cannot load
// those. The files are the same, so that nothing is in them twice. They have no source maps: their code can be read.

const out = process.argv[2] ?? join(root, "dist");
const from = { js: join(out, "js"), types: join(out, "types") };
const to = { js: join(out, "cjs"), types: join(out, "cjs/types") };

rmSync(to.js, { recursive: true, force: true });
mkdirSync(to.js);
// The nearest package.json says how Node and TypeScript read a file.
writeFileSync(join(to.js, "package.json"), JSON.stringify({ type: "commonjs", sideEffects: false }));

for (const name of readdirSync(from.js).filter((file) => file.endsWith(".js") && file !== "cli.js")) {
  const { code } = await transform(readFileSync(join(from.js, name), "utf8"), {
    format: "cjs",
    sourcefile: name,
    target: "node20",
    platform: "node",
    supported: { "dynamic-import": false }, // Jest cannot import() by default
    legalComments: "inline",
  });
  writeFileSync(join(to.js, name), code);
}
cpSync(join(from.js, "THIRD-PARTY-LICENSES.txt"), join(to.js, "THIRD-PARTY-LICENSES.txt"));

for (const name of readdirSync(from.types, { recursive: true }).filter((file) => file.endsWith(".d.ts"))) {
  const declarations = readFileSync(join(from.types, name), "utf8");
  mkdirSync(join(to.types, name, ".."), { recursive: true });
  writeFileSync(join(to.types, name), declarations.replace(/^\/\/# sourceMappingURL=.*$/m, ""));
}

// Without it, TypeScript takes a default import of a CommonJS module for right, and the import is undefined.
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
for (const entry of Object.values(exports).flatMap((conditions) => conditions.require?.types ?? []))
  appendFileSync(join(out, relative("dist", entry)), "export declare const __esModule: true;\n");
