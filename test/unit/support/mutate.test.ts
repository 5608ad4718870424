import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { root } from "../../package/packed.js";

const run = promisify(execFile);

describe("npm run test:mutate", () => {
  it("asks for tests where none are known, instead of reporting that no test notices a change", async () => {
    const args = ["--import", "tsx", "test/support/mutate/run.ts", "src/util", "--sample", "1"];
    await assert.rejects(run(process.execPath, args, { cwd: root }), /say with --tests which tests .* src\/util/);
  });
});
