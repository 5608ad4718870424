import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lacksOf } from "../../../src/diagnose/version.js";

const FEATURES = ["annotations", "sourceDateEpoch", "ifTarget", "gc.expire", "Transfer service"];

describe("the features that a server lacks", () => {
  for (const [version, ...lacking] of [
    ["1.2.6", "annotations", "sourceDateEpoch", "ifTarget", "gc.expire"],
    ["1.2.7", "sourceDateEpoch", "ifTarget", "gc.expire"],
    ["v1.6.20~ds1", "sourceDateEpoch", "ifTarget", "gc.expire"],
    ["1.7.0", "ifTarget", "gc.expire", "Transfer service"],
    ["2.0.0-rc.1"],
    ["10.0"],
  ]) {
    it(`of ${version} are ${lacking.join(", ") || "none"}`, () => {
      const lacks = lacksOf(version ?? "");
      assert.deepEqual(
        FEATURES.filter((feature) => lacks.some((lack) => lack.includes(feature))),
        lacking,
      );
    });
  }
});
