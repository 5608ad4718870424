import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { apiReport } from "./api-report.js";
import { root } from "./packed.js";

const FILE = join(root, "test/package/api.txt");

// A change of the public API shows in this file, so that it is seen in a review and decides the next version.
describe("the public API", () => {
  it("is the one in api.txt (UPDATE_API=1 writes it anew)", async () => {
    const report = apiReport();
    if (process.env["UPDATE_API"] === "1") await writeFile(FILE, report);
    assert.equal(report, await readFile(FILE, "utf8"));
  });
});
