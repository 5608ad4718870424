import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript";
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

  // Otherwise editors show the comment of another overload.
  it("has a comment for every overload of a method of the client", async () => {
    const text = await readFile(join(root, "src/client.ts"), "utf8");
    const source = ts.createSourceFile("client.ts", text, ts.ScriptTarget.Latest, true);
    const members = source.statements.filter(ts.isClassDeclaration).flatMap(({ members }) => [...members]);
    const overloads = members.filter(ts.isMethodDeclaration).filter(({ body }) => body === undefined);
    assert.equal(overloads.length, 4);
    const without = overloads.filter((overload) => ts.getJSDocCommentsAndTags(overload).length === 0);
    assert.deepEqual(
      without.map((overload) => overload.getText()),
      [],
    );
  });
});
