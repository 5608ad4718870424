import assert from "node:assert/strict";
import { it } from "node:test";
import { readGuide, retryTable, withTable } from "../../../scripts/retry-table.js";

it("the guide has the retry table that the matrix gives", () => {
  const guide = readGuide();
  const isCurrent = guide === withTable(guide, retryTable());
  assert.ok(isCurrent, "docs/errors-and-retry.md is out of date: run npx tsx scripts/retry-table.ts --write");
});
