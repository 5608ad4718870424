import { resolve } from "node:path";
import { after, before, it } from "node:test";
import { pathToFileURL } from "node:url";

// load-tests.mjs FILES: runs test files in one process, which saves the start of a process and of the library for each.

let isDone = false;
after(() => {
  isDone = true;
});
process.on("exit", () => {
  if (!isDone) process.exitCode = 1; // a test has called process.exit, so the other tests did not run
});

// The first tests would otherwise run while the other files are compiled, which takes longer than some deadlines.
let start;
const isLoaded = new Promise((done) => {
  start = done;
});
before(() => isLoaded);
for (const file of process.argv.slice(2)) {
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    // Thrown here, it would end the process with all tests if the test runner still loads its reporter.
    it(`${file} can be loaded`, () => {
      throw error;
    });
  }
}
start();
