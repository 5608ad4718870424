import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkSync } from "recheck";
import { allExpressions } from "./expressions.js";

process.env["RECHECK_BACKEND"] = "pure"; // the others start a program

/** What the prover cannot tell, by file and text, and why it takes linear time all the same. */
const evident: Readonly<Record<string, readonly (readonly [text: RegExp, reason: string])[]>> = {
  "src/schema/headers.ts": [[/^\/\^\(\?:grpc-/, "words between ^ and $, and one .* at the end of an alternative"]],
  "src/filters/regexp/to-re2.ts": [[/\{1,64\}\(\?=\.\)/, "at most 64 characters, and one more"]],
  "src/testing/store/checks.ts": [
    [/^new RegExp/, "a constant: between two repeats stands a character that neither takes"],
  ],
};

const timeout = 120_000; // ms; most take a few, and none more than some seconds

function whyNotLinear(source: string, flags: string): string | undefined {
  const found = checkSync(source, flags, { timeout, checker: "automaton" });
  if (found.status === "safe" && found.checker === "automaton") return undefined;
  return found.status === "vulnerable" ? found.complexity.type : "cannot be told";
}

describe("every regular expression takes linear time", () => {
  const expressions = allExpressions();

  it("is found, for there are some", () => {
    assert.ok(expressions.length > 80, `${expressions.length}`);
    assert.ok(expressions.some(({ file }) => file === "src/filters/parse.ts"));
  });

  for (const file of new Set(expressions.map((expression) => expression.file))) {
    it(file, () => {
      const own = expressions.filter((expression) => expression.file === file);
      const listed = evident[file] ?? [];
      for (const { text, literal } of own.filter(({ text }) => !listed.some(([found]) => found.test(text)))) {
        assert.equal(literal && whyNotLinear(literal.source, literal.flags), undefined, text);
        assert.notEqual(literal, undefined, `${text}: only a reason can tell`);
      }
      for (const [found] of listed)
        assert.ok(
          own.some(({ text }) => found.test(text)),
          `${found} is listed in vain`,
        );
    });
  }

  it("one that does not is found", () => {
    assert.match(whyNotLinear("\\[(?:[^\\]\\\\]|\\\\?.)*\\]", "") ?? "", /exponential/);
    assert.match(whyNotLinear("-.*[^ -~]", "") ?? "", /polynomial/);
  });
});
