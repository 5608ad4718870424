import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./install.mjs";

// prune-types.mjs [folder]: deletes the declarations that no entry point of the package leads to: nobody can import
// them, and the private fields of the others.

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

// With a private field, a class of one build or version would not have the type of the same class of another, and
// nobody could write a class that implements it. The empty line is for the source map.
for (const file of needed) writeFileSync(file, readFileSync(file, "utf8").replaceAll(/^ +#private;$/gm, ""));

function importsOf(file) {
  const found = readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g);
  return [...found].map(([, path]) => join(dirname(file), `${path}.d.ts`));
}
