import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";

/** What scripts/run-part.mjs and scripts/parts.mjs give; they are plain JavaScript, to run before anything is installed. */
interface Part {
  readonly name: string;
  readonly files?: readonly string[];
  readonly isSetup?: boolean;
  readonly needsDaemons?: boolean;
  readonly timeoutMs?: number;
  readonly leaveMs?: number;
  readonly commands: readonly (readonly string[])[];
}

interface Scripts {
  countTests(output: string, ok: boolean): { passed: number; failed: number; summary: string };
  runPart(part: Part): Promise<{ passed: number; failed: number; output: string }>;
  allParts(): Part[];
  selectParts(parts: readonly Part[], filters: readonly string[]): Part[];
}

const scripts = new URL("../../../scripts/", import.meta.url);
const { countTests, runPart, allParts, selectParts } = {
  ...(await import(new URL("run-part.mjs", scripts).href)),
  ...(await import(new URL("parts.mjs", scripts).href)),
} as Scripts; // imports by address have no types

describe("npm test", () => {
  it("takes a run at its word only when every test ran and passed", () => {
    assert.deepEqual(countTests(report({ tests: 3, pass: 3 }), true), {
      passed: 3,
      failed: 0,
      summary: "tests 3, pass 3, fail 0, skipped 0",
    });
    assert.equal(countTests(report({ tests: 3, pass: 2, fail: 1 }), false).failed, 1);
    assert.equal(countTests(report({ tests: 3, pass: 2, skipped: 1 }), true).failed, 1);
    assert.equal(countTests(report({ tests: 3, pass: 1, todo: 1, cancelled: 1 }), true).failed, 2);
  });

  it("counts as failed what reports no tests, or ends badly after good tests", () => {
    assert.equal(countTests("", true).failed, 1);
    assert.equal(countTests(report({ tests: 0 }), true).failed, 1);
    assert.equal(countTests(report({ tests: 2, pass: 2 }), false).failed, 1);
  });

  it("stops a part at its first failing command and keeps all of its output", async () => {
    const print = (text: string, code: number) => [
      process.execPath,
      "-e",
      `console.error("${text}");process.exit(${code})`,
    ];
    const part = { name: "x", commands: [print("one", 0), print("two", 3), print("three", 0)] };
    assert.deepEqual(await runPart(part), { passed: 0, failed: 1, summary: "", output: "one\ntwo\n" });
    const missing = await runPart({ name: "x", commands: [["no-such-program"]] });
    assert.equal(missing.failed, 1);
    assert.match(missing.output, /^no-such-program: /);
  });

  it("kills a part that hangs, or that leaves processes behind, and says so", async () => {
    await using server = createServer().listen(0);
    const { port } = server.address() as AddressInfo; // it listens on a port
    const hang = `console.log('started'); require('node:net').connect(${port})`;
    const leave = `require("node:child_process").spawn(process.execPath, ["-e", "${hang}"], { stdio: "inherit" }).unref()`;
    const run = async (script: string) => {
      const gone = once(server, "connection").then(([socket]: Socket[]) => socket && once(socket, "close"));
      const part = { name: "x", commands: [[process.execPath, "-e", script]], timeoutMs: 1_000, leaveMs: 1_000 };
      const { failed, output } = await runPart(part);
      await gone;
      return { failed, output };
    };
    const hanging = await run(hang);
    assert.equal(hanging.failed, 1);
    assert.match(hanging.output, /^started\n.*killed, because it was not done after 1000 ms\n$/);
    const leaving = await run(leave);
    assert.equal(leaving.failed, 1);
    assert.match(leaving.output, /^started\n.*left processes behind that hold its output; killed\n$/);
  });

  it("has every folder of tests as a part, and every test file in one", () => {
    const own = allParts().find(({ name }) => name === "test/package/install");
    assert.ok(own?.files?.includes("test/package/install/npm-test.test.ts"));
    assert.equal(own?.needsDaemons, false);
    assert.equal(allParts().find(({ name }) => name === "test/support/daemon")?.needsDaemons, true);
  });

  it("knows which folders need daemons", () => {
    const starts = /from "[./]*daemon\/(daemon|proxy|certificates)\.js"/;
    const starting = allParts().filter(({ files }) => files?.some((file) => starts.test(textNextTo(file))));
    assert.deepEqual(
      starting.filter(({ needsDaemons }) => !needsDaemons).map(({ name }) => name),
      [],
      "add these to needsDaemons in scripts/parts.mjs",
    );
  });

  it("narrows to what is named, with the daemons where they are needed", () => {
    const parts = allParts();
    const names = (...filters: string[]) => selectParts(parts, filters).map(({ name }) => name);
    assert.deepEqual(names("types", "lint"), ["types", "lint"]);
    assert.deepEqual(names("./test/package/install/"), ["test/package/install"]);
    assert.deepEqual(names("test/support/daemon"), ["daemons", "test/support/daemon"]);
    assert.deepEqual(names("nothing like it"), []);
    const [part] = selectParts(parts, ["install/npm"]);
    assert.deepEqual(part?.files, ["test/package/install/npm-test.test.ts"]);
    assert.equal(names().length, parts.length);
  });
});

/** All that is written in a test file and in the files of its folder. */
function textNextTo(file: string): string {
  const dir = new URL("./", new URL(file, new URL("../../../", import.meta.url)));
  const files = readdirSync(dir).filter((name) => name.endsWith(".ts"));
  return files.map((name) => readFileSync(new URL(name, dir), "utf8")).join("\n");
}

function report(counts: Readonly<Record<string, number>>): string {
  return ["✔ something", ...Object.entries(counts).map(([name, count]) => `ℹ ${name} ${count}`), ""].join("\n");
}
