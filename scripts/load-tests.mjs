import { resolve } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";

// load-tests.mjs FILES: runs test files in one process, which saves the start of a process and of the library for each.

let isDone = false;
after(() => {
  isDone = true;
});
process.on("exit", () => {
  if (!isDone) process.exitCode = 1; // a test has called process.exit, so the other tests did not run
});

for (const file of process.argv.slice(2)) await import(pathToFileURL(resolve(file)).href);
