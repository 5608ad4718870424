import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

const root = new URL("../../../", import.meta.url);
const files = readdirSync(new URL("examples", root)).sort();
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

describe("the examples", () => {
  it("are all in the README, with what they show", () => {
    const table = /^\| file \| what it shows \|\n([\s\S]*?)\n\n/m.exec(read("README.md"))?.[1] ?? "";
    const linked = [...table.matchAll(/\[`([^`]+)`\]\(examples\/([^)]+)\)/g)];
    for (const [, shown, path] of linked) assert.equal(shown, path);
    assert.deepEqual(linked.map(([, , path]) => path).sort(), files);
  });

  for (const file of files) {
    it(`${file} begins with what it is for`, () => {
      assert.match(read(`examples/${file}`), /^(?:\/\/|#) [A-Z].{30}/);
    });
  }
});
