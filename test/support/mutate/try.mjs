import { writeFileSync } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";

// try.mjs ID COVERAGE TEST...: runs bundled tests with one mutant switched on; writes which mutants they reach to the
// file COVERAGE, if that is not empty.

const LEFT_OUT = [
  // They make thousands of records, and would take most of the time.
  "a list that the server refuses as too large",
  "many are deleted, however few",
  // In a bundle, the library and the program that calls it are one file.
  "has the stack trace of the read",
];

const [id, coverage, ...tests] = process.argv.slice(2);
const active = Number(id);
const reached = new Set();

globalThis.__mutated = (each) => {
  reached.add(each);
  return each === active;
};
if (coverage !== "") process.on("exit", () => writeFileSync(coverage, JSON.stringify([...reached])));

leaveOut();
for (const test of tests) await import(test);

// Node 20 cannot skip tests by name, and a pattern of names that matches all but these matches the groups around them.
function leaveOut() {
  const runner = createRequire(import.meta.url)("node:test");
  const { it } = runner;
  const isLeftOut = (name) => LEFT_OUT.some((each) => name.includes(each));
  runner.it = Object.assign((name, ...more) => (isLeftOut(name) ? undefined : it(name, ...more)), it);
  syncBuiltinESMExports();
}
