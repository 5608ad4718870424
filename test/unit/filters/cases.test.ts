import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compile, FilterSyntaxError, matches, parse } from "../../../src/filters/index.js";
import { filterCases, recordedImages } from "./records.js";

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The names that a List by these strings would give. */
function list(filters: readonly string[]): readonly string[] {
  const filter = parse(...filters);
  const found = recordedImages.filter((image) => matches(filter, image));
  return found.map(({ name }) => name).sort(byBytes);
}

describe("the probed filters", () => {
  for (const { id, filters, expect } of filterCases) {
    it(`${id} ${JSON.stringify(filters)}`, () => {
      if (expect.names === undefined) {
        assert.throws(() => parse(...filters), FilterSyntaxError);
        return;
      }
      assert.deepEqual(list(filters), expect.names);
      assert.deepEqual(list(compile(parse(...filters))), expect.names);
    });
  }

  it("there are many of both kinds", () => {
    const refused = filterCases.filter(({ expect }) => expect.names === undefined);
    assert.ok(refused.length > 30 && filterCases.length - refused.length > 100);
  });
});
