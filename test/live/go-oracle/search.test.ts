import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compileRegexp } from "../../../src/filters/regexp/compile-regexp.js";
import type { NewImage } from "../../../src/image.js";
import { Random } from "../../support/random.js";
import { anyCase, type Case } from "./cases.js";
import { inMemory, type Oracle, recordOf } from "./compare.js";
import { minimize } from "./minimize.js";
import type { Question, Verdict } from "./oracle.js";
import { type Finding, search } from "./search.js";

/** A Go that answers as is decided here, but for what a fault makes of it. */
function faultyGo(fault: Partial<typeof faithful>): Oracle {
  const { decide, compile } = { ...faithful, ...fault };
  const ask = async ({ images = [], filters = [], regexps = [] }: Question) => ({
    go: "none",
    filters: filters.map((filter) => decide(filter, images)),
    regexps: regexps.map(compile),
    times: [],
    formats: [],
    quotes: [],
  });
  return { version: "2.x", ask };
}

const faithful = {
  decide(filters: readonly string[], images: readonly NewImage[]): Verdict {
    const answer = inMemory(filters, "2.x", images.map(recordOf));
    return answer.startsWith("filters:")
      ? { error: answer.replace(/: invalid argument$/, ""), matches: "" }
      : { error: "", matches: answer };
  },
  compile: (pattern: string) => {
    const { problem = "", versions = ["2.1"] } = compileRegexp(pattern);
    return versions.includes("2.1") ? problem : ""; // the fault of older ones is none here
  },
};

describe("the search for differences", () => {
  it("finds none where there is none", async () => {
    assert.deepEqual(await search([faultyGo({})], 1, 400), []);
  });

  it("finds that a filter is refused, in its simplest form", async () => {
    const decide: typeof faithful.decide = (filters, images) =>
      filters.some((text) => text.includes(","))
        ? { error: "no commas", matches: "" }
        : faithful.decide(filters, images);
    const findings = await search([faultyGo({ decide })], 1, 200);
    assert.ok(findings.some(({ found }) => found.kind === "filters" && /^\w,\w$/.test(found.filters.join())));
    assert.deepEqual(aspectsOf(findings), ["compile, 2.x", "in memory, 2.x", "meaning, 2.x", "parse, 2.x"]);
  });

  it("finds that a pattern is refused", async () => {
    const compile = (pattern: string) => (pattern.includes("*") ? "no repeats" : faithful.compile(pattern));
    const findings = await search([faultyGo({ compile })], 1, 200);
    assert.ok(findings.some(({ found }) => found.kind === "pattern" && found.pattern === "a*"));
    assert.deepEqual(aspectsOf(findings), ["check, 2.x"]);
  });

  it("finds that another image matches", async () => {
    const decide: typeof faithful.decide = (filters, images) => {
      const { error, matches } = faithful.decide(filters, images);
      return { error, matches: matches.replace("1", "0") };
    };
    const findings = await search([faultyGo({ decide })], 1, 200);
    assert.deepEqual(aspectsOf(findings), ["compile, 2.x", "in memory, 2.x", "matches, 2.x", "meaning, 2.x"]);
  });

  it("makes a case simpler as long as it differs", async () => {
    const has = (text: string) => async (found: Case) => (JSON.stringify(found).includes(text) ? found : undefined);
    const pattern: Case = { kind: "pattern", pattern: `^${"a(b|c)*".repeat(20)}[[:^x:]$` };
    assert.deepEqual(await minimize(pattern, has("[:^x")), { kind: "pattern", pattern: "[:^x" });
    const filters: Case = { kind: "filters", filters: ["name==a", 'labels."a b"!=c', ""] };
    assert.deepEqual(await minimize(filters, has(" ")), { kind: "filters", filters: [" "] });
    assert.equal(await minimize(filters, has("nothing like it")), undefined);
  });

  it("makes cases of every kind, and the same ones of the same seed", () => {
    const make = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 500 }, () => anyCase(random));
    };
    const kinds = new Set(make(1).map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ["built", "filters", "pattern", "regexp"]);
    assert.deepEqual(make(2), make(2));
    assert.notDeepEqual(make(2), make(3));
  });
});

function aspectsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.flatMap(({ aspects }) => [...aspects]))].sort();
}
