import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { examplesOf, FILES } from "./examples.js";
import { publicExports } from "./exports.js";

describe("every exported symbol", () => {
  const symbols = publicExports();

  it("has an example, of its own or on a member", () => {
    assert.ok(symbols.length > 100, "the entry points export more than that");
    const without = symbols.filter(({ hasExample }) => !hasExample).map(({ file, name }) => `${file}: ${name}`);
    assert.deepEqual(without, []);
  });

  it("is in a file whose examples run", () => {
    // The examples.test.ts of test/unit/filters and test/unit/reference run those of a whole folder.
    const isAlone = (file: string) => /^src\/(?:filters|reference)\//.test(file);
    const files = new Set(symbols.map(({ file }) => file).filter((file) => !isAlone(file)));
    assert.deepEqual([...files].sort(), [...FILES].sort());
    for (const file of FILES) assert.ok(examplesOf(file).length > 0, `${file} has no example`);
  });
});
