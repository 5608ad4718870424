import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import ts from "typescript";
import { forEachPooled } from "../../../src/util/pool.js";
import { Random } from "../random.js";
import { bundleTests } from "./build.js";
import { compileCheck } from "./compiles.js";
import { type Mutant, mutated } from "./instrument.js";
import { mutationsOf } from "./operators.js";
import { runUnchanged, type TestFate, type TestFile, tryMutant } from "./tests.js";

// run.ts [FOLDER or FILE of src]... [--sample COUNT] [--seed NUMBER] [--jobs COUNT] [--tests FOLDER or FILE,...]:
// changes the sources in many small ways, one at a time and in a copy, and shows the changes that no unit test notices.

const ROOT = join(import.meta.dirname, "../../..");

/** The tests of each folder of sources. A mutant is tried with those that reach it, the quickest first. */
const TESTS_OF = {
  "src/interceptors": ["test/unit/interceptors"],
  "src/operations": ["test/unit/operations"],
  "src/rpc": ["test/unit/rpc", "test/unit/interceptors"],
  "src/schema": ["test/unit/schema", "test/unit/operations/delete-many.test.ts"],
  "src/watch": ["test/unit/watch"],
};

type Fate = TestFate | "does not compile";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string", default: "Infinity" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    tests: { type: "string" },
  },
});

const targets = positionals.length === 0 ? Object.keys(TESTS_OF) : positionals;
const sources = filesOf(targets, ".ts");
const testFiles = filesOf(values.tests?.split(",") ?? testsOf(targets), ".test.ts");
if (testFiles.length === 0)
  throw new Error(`say with --tests which tests are to notice changes of ${targets.join(", ")}`);
const mutants = sampled(sources.flatMap(mutantsOf).map((mutant, id) => ({ ...mutant, id })));
const folder = await bundleTests(ROOT, testFiles, mutants);
const fates = new Map<Mutant, Fate>();
process.on("exit", () => rmSync(folder, { recursive: true }));
// Without listeners, a signal would end only this process.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
await tryAll();
report();

async function tryAll(): Promise<void> {
  const tests: TestFile[] = [];
  for (const path of testFiles) {
    const test = await runUnchanged(folder, path);
    if (test === undefined) console.log(`${path} fails as it is, and is left out`);
    else tests.push(test);
  }
  const compiles = compileCheck(ROOT);
  await forEachPooled(mutants, Number(values.jobs), async (mutant) => {
    const fate = await tryMutant(mutant.id, tests);
    const hasSurvived = fate === "survived" || fate === "not reached";
    const isNone = hasSurvived && !compiles(mutant);
    fates.set(mutant, isNone ? "does not compile" : fate);
    if (hasSurvived && !isNone) show(mutant, fate);
  });
}

function testsOf(targets: readonly string[]): readonly string[] {
  const folders = Object.entries(TESTS_OF).filter(([folder]) => targets.some((target) => target.startsWith(folder)));
  return [...new Set(folders.flatMap(([, tests]) => tests))];
}

function filesOf(paths: readonly string[], suffix: string): readonly string[] {
  return paths.flatMap((path) => {
    const isFile = statSync(join(ROOT, path)).isFile();
    if (isFile) return [path];
    const names = readdirSync(join(ROOT, path), { recursive: true, encoding: "utf8" });
    return names
      .filter((name) => name.endsWith(suffix))
      .map((name) => join(path, name))
      .sort();
  });
}

function mutantsOf(file: string): readonly Omit<Mutant, "id">[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return mutationsOf(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)).map((each) => ({
    ...each,
    file,
    text,
  }));
}

function sampled(all: readonly Mutant[]): readonly Mutant[] {
  const random = new Random(Number(values.seed));
  const shuffled = all.map((mutant) => ({ mutant, at: random.next() })).sort((a, b) => a.at - b.at);
  const chosen = shuffled.slice(0, Number(values.sample)).map(({ mutant }) => mutant);
  return chosen.sort((a, b) => a.id - b.id);
}

function report(): void {
  const count = (...which: readonly Fate[]) => [...fates.values()].filter((fate) => which.includes(fate)).length;
  const [killed, all] = [count("killed", "timed out"), fates.size - count("does not compile")];
  const share = Math.round((1_000 * killed) / all) / 10;
  console.log(`${killed} of ${all} mutants killed (${share} %), ${count("timed out")} of them by a timeout;`);
  console.log(`${count("not reached")} not reached by any test; ${count("does not compile")} more do not compile`);
}

function show(mutant: Mutant, fate: Fate): void {
  const first = mutant.text.slice(0, mutant.start).split("\n").length - 1;
  const [before, after] = [mutant.text, mutated(mutant)].map((text) => text.split("\n")[first]?.trim());
  console.log(`${mutant.file}:${first + 1} ${mutant.operator}, ${fate}\n  - ${before}\n  + ${after}`);
}
