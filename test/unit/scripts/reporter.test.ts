import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

type Counts = Readonly<Record<"passed" | "failed" | "cancelled" | "skipped" | "todo", number>>;

interface Part {
  readonly name: string;
  readonly files: readonly string[];
  readonly commands: readonly (readonly string[])[];
}

interface RunPart {
  runPart(part: Part): Promise<{ counts: Counts; output: string; notes: readonly string[] }>;
}

// It is plain JavaScript, and an import by address has no types.
const { runPart } = (await import(new URL("../../../scripts/run-part.mjs", import.meta.url).href)) as RunPart;

const NONE: Counts = { passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
const IMPORTS = 'import { before, describe, it } from "node:test";';

describe("a run of test files", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "reporter-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs one file of that text, as `npm test` does. */
  async function run(text: string) {
    const file = join(folder, "some.test.mjs");
    writeFileSync(file, text);
    const command = [process.execPath, "--test", "--test-reporter=./scripts/reporter.mjs", file];
    return runPart({ name: "some", files: [file], commands: [command] });
  }

  /** Runs files of these texts in one process. */
  const runTogether = (...texts: readonly string[]) => runWith("./scripts/reporter.mjs", ...texts);

  async function runWith(reporter: string, ...texts: readonly string[]) {
    const files = texts.map((_, index) => join(folder, `some-${index}.test.mjs`));
    for (const [index, file] of files.entries()) writeFileSync(file, texts[index] ?? "");
    const options = [`--test-reporter=${reporter}`, "--test-reporter-destination=stdout"];
    const command = [process.execPath, ...options, "scripts/load-tests.mjs", ...files];
    return runPart({ name: "some", files, commands: [command] });
  }

  it("counts every test that passed, and prints nothing of them", async () => {
    const { counts, output, notes } = await run(
      `${IMPORTS} describe("a", () => { it("b", () => console.log("{}")); it("c", async (t) => t.test("d", () => {})); });`,
    );
    assert.deepEqual(counts, { ...NONE, passed: 3 });
    assert.deepEqual([output.trim(), notes], ["", []]);
  });

  it("shows of a failure the whole title, the error and its cause, and what the test has noted", async () => {
    const { counts, output } = await run(
      `${IMPORTS} describe("a", () => { it("b", (t) => {
        t.diagnostic("seed 7"); throw new Error("first", { cause: new Error("second") });
      }); it("c", () => {}); });`,
    );
    assert.deepEqual(counts, { ...NONE, passed: 1, failed: 1 });
    assert.match(output, /^✖ a > b \(.*some\.test\.mjs\)\n {4}Error: first\n {8}at .*some\.test\.mjs:2:/);
    assert.match(output, /cause: Error: second/);
    assert.match(output, /^seed 7$/m);
    assert.doesNotMatch(output, /node:internal\/test_runner.*\n.*cause|> c/);
  });

  it("counts a skipped test and one to do, and shows the reasons", async () => {
    const { counts, output, notes } = await run(
      `${IMPORTS} it("a", { skip: "no Go" }, () => {}); it("b", { todo: "later" }, () => { throw new Error("x"); });`,
    );
    assert.deepEqual(counts, { ...NONE, skipped: 1, todo: 1 });
    assert.equal(output.trim(), "");
    assert.match(notes.join("\n"), /^ {2}skipped: a \(.*\): no Go\n {2}todo: b \(.*\): later$/);
  });

  it("fails for a test or a block that is skipped without a reason", async () => {
    const { counts, output } = await run(`${IMPORTS} it.skip("a"); it.todo("b"); describe.skip("c", () => {});`);
    assert.deepEqual(counts, { ...NONE, failed: 3 });
    assert.match(output, /^✖ a \(.*\)\n {4}skipped without a reason$/m);
    assert.match(output, /^✖ b \(.*\)\n {4}todo without a reason$/m);
    assert.match(output, /^✖ c \(.*\)\n {4}skipped without a reason$/m);
  });

  it("counts a test that is cancelled, and the hook that is the reason", async () => {
    const { counts, output } = await run(
      `${IMPORTS} describe("a", () => { before(() => { throw new Error("no daemon"); }); it("b", () => {}); });`,
    );
    assert.deepEqual(counts, { ...NONE, failed: 1, cancelled: 1 });
    assert.match(output, /^✖ a \(.*\)\n {4}Error: no daemon$/m);
    assert.match(output, /^✖ a > b \(.*\) \(cancelled\)$/m);
  });

  it("fails for a test that runs out of its time", async () => {
    const { counts, output } = await run(
      `${IMPORTS} it("a", { timeout: 20 }, () => new Promise((resolve) => setTimeout(resolve, 200)));`,
    );
    assert.deepEqual(counts, { ...NONE, failed: 1 });
    assert.match(output, /test timed out after 20ms/);
  });

  it("fails for a file that cannot be loaded, and shows what it wrote", async () => {
    const { counts, output } = await run('throw new Error("not like this");');
    assert.deepEqual(counts, { ...NONE, failed: 1 });
    assert.match(output, /^✖ .*some\.test\.mjs\n/);
    assert.match(output, /^Error: not like this$/m);
  });

  it("fails for a file without tests, and for one that ends in the middle of them", async () => {
    const empty = await run("");
    assert.deepEqual(empty.counts, { ...NONE, failed: 1 });
    assert.match(empty.output, /the file has no tests/);
    const { counts } = await run(`${IMPORTS} it("a", () => {}); it("b", () => process.exit(0));`);
    assert.notEqual(counts.failed + counts.cancelled, 0);
  });

  it("fails when one of many files in one process ends it in the middle", async () => {
    const { counts, output } = await runTogether(
      `${IMPORTS} it("a", () => {}); it("b", async () => {
        for (let i = 0; i < 100; i += 1) await new Promise(setImmediate); process.exit(0);
      });`,
    );
    assert.deepEqual(counts, { ...NONE, passed: 1, failed: 1 });
    assert.match(output, /^The last test that ended: a \(.*some-0\.test\.mjs\)$/m);
  });

  it("loads all files of one process before the first test", async () => {
    const { counts } = await runTogether(
      `${IMPORTS} it("a", () => { if (!globalThis.isLoaded) throw new Error("too early"); });`,
      "for (let i = 0; i < 100; i += 1) await new Promise(setImmediate); globalThis.isLoaded = true;",
    );
    assert.deepEqual(counts, { ...NONE, passed: 1 });
  });

  it("runs the other tests of one process when a file cannot be loaded", async () => {
    const { counts, output } = await runTogether(
      `${IMPORTS} it("a", () => {});`,
      'throw new Error("not like this");',
      `${IMPORTS} it("b", () => {});`,
    );
    assert.deepEqual(counts, { ...NONE, passed: 2, failed: 1 });
    assert.match(output, /^✖ .*some-1\.test\.mjs can be loaded .*\n {4}Error: not like this$/m);
  });

  it("does so, too, when the file has failed before the reporter is loaded", async () => {
    const late = join(folder, "late-reporter.mjs");
    const reporter = new URL("../../../scripts/reporter.mjs", import.meta.url).href;
    const turn = "await new Promise(setImmediate);";
    writeFileSync(
      late,
      `while (!globalThis.hasFailed) ${turn} for (let i = 0; i < 100; i += 1) ${turn} export { default } from "${reporter}";`,
    );
    const { counts, output } = await runWith(
      late,
      `${IMPORTS} it("a", () => {});`,
      'globalThis.hasFailed = true; throw new Error("not like this");',
    );
    assert.deepEqual(counts, { ...NONE, passed: 1, failed: 1 });
    assert.match(output, /not like this/);
  });

  it("fails when something throws after the last test", async () => {
    const { counts, output } = await run(
      `${IMPORTS} it("a", () => {}); setTimeout(() => { throw new Error("late"); }, 20);`,
    );
    assert.deepEqual(counts, { ...NONE, passed: 1, failed: 1 });
    assert.match(output, /Error: late/);
  });

  it("fails when there is no report at all", async () => {
    const command = [process.execPath, "-e", "console.log(1); console.error(2); process.exit(1)"];
    const { counts, output } = await runPart({ name: "some", files: ["x"], commands: [command] });
    assert.deepEqual(counts, { ...NONE, failed: 1 });
    assert.equal(output, "1\n2\n");
    const silent = await runPart({ name: "some", files: ["x"], commands: [[process.execPath, "-e", ""]] });
    assert.deepEqual(silent.counts, { ...NONE, failed: 1 });
  });
});
