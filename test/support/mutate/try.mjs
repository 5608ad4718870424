import { writeFileSync } from "node:fs";

// try.mjs ID COVERAGE TEST...: runs bundled tests with one mutant switched on; writes which mutants they reach to the
// file COVERAGE, if that is not empty.

const [id, coverage, ...tests] = process.argv.slice(2);
const active = Number(id);
const reached = new Set();

globalThis.__mutated = (each) => {
  reached.add(each);
  return each === active;
};
if (coverage !== "") process.on("exit", () => writeFileSync(coverage, JSON.stringify([...reached])));

for (const test of tests) await import(test);
