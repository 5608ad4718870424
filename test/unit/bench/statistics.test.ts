import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Interval, intervalOf, ratioOf, verdictOf } from "../../../bench/statistics.js";
import { Random } from "../../support/random.js";

describe("the interval of a median", () => {
  it("has no limits for fewer than six samples", () => {
    const { low, high } = intervalOf([1, 1, 1, 1, 1]);
    assert.deepEqual([low, high], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it("is as wide as six samples, and narrower than more", () => {
    assert.deepEqual(intervalOf([6, 5, 4, 3, 2, 1]), { median: 3.5, low: 1, high: 6 });
    const fifteen = Array.from({ length: 15 }, (_, index) => index + 1);
    assert.deepEqual(intervalOf(fifteen), { median: 8, low: 4, high: 12 }); // the table of the sign test
  });

  it("contains the true median in at least 95 % of the cases", () => {
    const random = new Random(1);
    const isInside = () => {
      const { low, high } = intervalOf(Array.from({ length: 9 }, () => random.next()));
      return low <= 0.5 && high >= 0.5;
    };
    assert.ok(Array.from({ length: 2_000 }, isInside).filter(Boolean).length > 1_880);
  });

  it("is hardly moved by one sample that cannot be", () => {
    const peers = [900, 900, 900, -80, 900, 900, 900];
    const ratio = ratioOf([850, 850, 850, 850, 850, 850, 850], peers);
    assert.ok(Math.abs(ratio.median - 850 / 900) < 0.001);
  });
});

describe("a verdict", () => {
  const interval: Interval = { median: 1.1, low: 1, high: 1.2 };

  it("is met or missed only if the whole interval is on one side", () => {
    assert.equal(verdictOf(interval, 1.2), "met");
    assert.equal(verdictOf(interval, 0.99), "missed");
  });

  it("is undecided if the limit is within the interval, on whatever side the median is", () => {
    assert.equal(verdictOf(interval, 1.15), "undecided");
    assert.equal(verdictOf(interval, 1.05), "undecided");
  });

  it("is undecided without limits, and without a number", () => {
    assert.equal(verdictOf(intervalOf([1]), 2), "undecided");
    assert.equal(verdictOf({ median: Number.NaN, low: Number.NaN, high: Number.NaN }, 2), "undecided");
  });
});
