import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assertBeginAtCaller, type Outcomes, outcomesIn } from "../../support/stack-traces/stack-traces.js";

const source = (path: string) => new URL(`../../../src/${path}`, import.meta.url).href;
const entryPoints = {
  index: source("index.ts"),
  filters: source("filters/index.ts"),
  reference: source("reference/index.ts"),
  testing: source("testing/index.ts"),
};

/** The loader for TypeScript is found from here. */
const root = fileURLToPath(new URL("../../..", import.meta.url));

async function node(args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, ["--import", "tsx", ...args], { cwd: root })).stdout;
}

describe("the stack trace of an error", () => {
  const folder = mkdtempSync(join(tmpdir(), "stack-traces-"));
  let outcomes: (setting: string) => Outcomes;
  before(async () => {
    outcomes = await outcomesIn(folder, entryPoints, node);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("begins where the program called the package, whatever it called", async () => {
    await assertBeginAtCaller(folder, outcomes("usual"));
  });

  it("begins there also if Error is frozen", async () => {
    await assertBeginAtCaller(folder, outcomes("frozen"));
  });

  const hasNoFrames = (stack: unknown) => !/^ +at /m.test(String(stack));
  for (const [setting, isAsWanted] of [
    ["no stack", hasNoFrames],
    ["no limit", hasNoFrames],
    ["own format", (stack: unknown) => /^own \w+ true$/.test(String(stack))],
    ["own type", (stack: unknown) => Array.isArray(stack) && stack.length > 0],
  ] as const) {
    it(`is what the program wants: ${setting}`, () => {
      for (const [name, { stack }] of outcomes(setting)) assert.ok(isAsWanted(stack), `${name}: ${stack}`);
    });
  }

  it("changes neither the errors nor the settings of the program", () => {
    for (const setting of ["no stack", "no limit", "own format", "own type", "frozen"]) {
      for (const [name, { code, isLimitKept }] of outcomes(setting)) {
        assert.equal(code, outcomes("usual").get(name)?.code, `${setting}, ${name}`);
        assert.ok(isLimitKept, `${setting}, ${name}`);
      }
    }
  });
});
