import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { LONGER_DEADLINES, patches } from "./patches.js";

const root = new URL("../../../", import.meta.url);

describe("a patch that puts a fault back", () => {
  for (const [title, some] of Object.entries({ ...patches, "longer deadlines": [LONGER_DEADLINES] })) {
    it(`finds its one place in the sources: ${title}`, () => {
      assert.ok(some.length > 0);
      for (const { file, find } of some) {
        const places = readFileSync(new URL(file, root), "utf8").split(find).length - 1;
        assert.equal(places, 1, `${file}: ${find}`);
      }
    });
  }
});
