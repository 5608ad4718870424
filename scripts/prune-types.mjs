import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./install.mjs";

// prune-types.mjs [folder]: deletes the declarations that no entry point of the package leads to: nobody can import them.

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = Object.values(exports).flatMap((conditions) => conditions.default?.types ?? []);
const out = process.argv[2] ?? join(root, "dist");
const needed = new Set(entries.map((entry) => join(out, relative("dist", entry))));
// A Set also visits what is added while it is walked.
for (const file of needed) for (const imported of importsOf(file)) needed.add(imported);

const types = join(out, "types");
for (const name of readdirSync(types, { recursive: true })) {
  const file = join(types, name);
  if (/\.d\.ts(\.map)?$/.test(name) && !needed.has(file.replace(/\.map$/, ""))) rmSync(file);
}

function importsOf(file) {
  const found = readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g);
  return [...found].map(([, path]) => join(dirname(file), `${path}.d.ts`));
}
