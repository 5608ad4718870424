import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RE2JS } from "@bufbuild/re2";
import fc from "fast-check";
import { field, matches, ValidationError } from "../../../src/filters/index.js";
import { compileRegexp } from "../../../src/filters/regexp/compile-regexp.js";
import { isLong } from "../../support/is-long.js";
import { image } from "./records.js";

const odd = [
  "",
  "a",
  "b",
  "k",
  "s",
  "\u212a",
  "ſ",
  "é",
  "ß",
  "😀",
  "\n",
  "\r",
  "\u2028",
  "\u00a0",
  "\v",
  "1",
  "٣",
  "_",
  "-",
  ".",
];
const text = fc.array(fc.constantFrom(...odd, "ab", "aa", "x1"), { maxLength: 5 }).map((parts) => parts.join(""));

describe("a RegExp that is accepted", () => {
  const atom = fc.constantFrom(
    ...[
      "a",
      "b",
      "k",
      "é",
      "😀",
      "1",
      "_",
      "-",
      " ",
      "]",
      "}",
      ",",
      "(a|b)",
      "(?:ab)",
      "(?<n>a)",
      "(?:a|)",
      "(?=a)",
      "(?!a)",
      "(?<=a)",
    ],
    ...[
      "\\d",
      "\\w",
      "\\s",
      "\\b",
      "\\D",
      "\\W",
      "\\S",
      "\\B",
      "\\n",
      "\\t",
      "\\v",
      "\\.",
      "\\-",
      "\\/",
      "\\x61",
      "\\u0061",
      "\\cJ",
      "\\0",
    ],
    ...[
      ".",
      "^",
      "$",
      "[ab]",
      "[^a]",
      "[a-z]",
      "[\\d.]",
      "[\\w-]",
      "[\\s]",
      "[.]",
      "[]",
      "[^]",
      "[[]",
      "[a[:b]",
      "[\\b]",
      "[😀]",
      "[\\-a]",
    ],
    ...["\\1", "\\k<n>", "\\p{L}", "\\pL", "\\Q", "\\a", "\\z", "\\A", "\\e", "{", "{,2}", "a{", "[[:alpha:]]"],
  );
  const repeat = fc.constantFrom("", "", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{0}", "{01}", "{1,01}", "|");
  const source = fc.array(fc.tuple(atom, repeat), { minLength: 1, maxLength: 4 }).map((parts) => parts.flat().join(""));
  const flags = fc.constantFrom("", "", "u", "s", "su", "g", "d", "i", "m", "iu", "y");

  it("finds the same here as in JavaScript", () => {
    let accepted = 0;
    fc.assert(
      fc.property(source, flags, fc.array(text, { minLength: 5, maxLength: 5 }), (pattern, flag, texts) => {
        const regexp = regExp(pattern, flag);
        const filter = regexp && filterOf(regexp);
        if (filter === undefined || regexp === undefined) return;
        accepted++;
        for (const name of texts.filter((value) => value !== "")) {
          const stateless: RegExp = new RegExp(regexp.source, regexp.flags.replace("g", ""));
          assert.equal(matches(filter, image({ name })), stateless.test(name), `${regexp} in ${JSON.stringify(name)}`);
        }
      }),
      { numRuns: isLong ? 100_000 : 8_000 },
    );
    assert.ok(accepted > 500, `only ${accepted}`);
  });

  function regExp(pattern: string, flag: string): RegExp | undefined {
    try {
      return new RegExp(pattern, flag);
    } catch {
      return undefined;
    }
  }

  function filterOf(regexp: RegExp) {
    try {
      return field.name.matches(regexp);
    } catch (error) {
      assert.ok(error instanceof ValidationError);
      return undefined;
    }
  }
});

describe("what is done for the engine", () => {
  const isFound = (pattern: string, name: string) => compileRegexp(pattern).test(name);

  it("a { that opens no count is itself, before a repeat too", () => {
    for (const [pattern, name] of [
      ["a{+b", "a{{b"],
      ["^{*$", "{{"],
      ["{{2}", "{{"],
      ["a{,2}", "a{,2}"],
      ["\\Q{\\E{2}", "{{"],
      ["[{]{2}", "{{"],
    ] as const) {
      assert.equal(compileRegexp(pattern).problem, undefined, pattern);
      assert.equal(isFound(pattern, name), true, pattern);
    }
    assert.equal(isFound("^a{2}$", "aa"), true);
    assert.equal(isFound("^a{2}$", "a{2}"), false);
  });

  it("a repeat after nothing but flags or an empty quote repeats what is before them", () => {
    for (const nothing of ["(?i)", "(?)", "\\Q\\E"])
      for (const name of ["ab", "abab", "", "abb"])
        assert.equal(isFound(`^(?:ab)${nothing}*$`, name), /^(?:ab)*$/.test(name), nothing + name);
  });

  it("[[:] is a class of two signs", () => {
    for (const name of ["[", ":"]) assert.equal(isFound("^[[:]$", name), true);
    assert.equal(isFound("^[^[:]$", ":"), false);
    assert.equal(isFound("^[\\[:]$", "["), true);
    assert.notEqual(compileRegexp("[[:alpha:").problem, undefined);
  });

  it("a name may be given twice", () => {
    assert.equal(isFound("^(?P<n>(?<n>a)b)(?P<n>c)$", "abc"), true);
    assert.notEqual(compileRegexp("(?P<n-m>a)").problem, undefined);
  });

  it("long texts are divided where no repeat is", () => {
    const long = "0123456789abcdef".repeat(50);
    for (const [pattern, name, expected] of [
      [`${long}\\d`, `x${long}7`, true],
      [`${long}\\d`, `${long}x`, false],
      [`^${long}f*$`, `${long}ff`, true],
      [`^${long}f{3}$`, `${long}fff`, true],
      [`^${long}f{3}$`, `${long}ff`, false],
      [`(?i)${long}$`, long.toUpperCase(), true],
      [`\\Q${long}\\E.`, `${long}-`, true],
      [`[${long}]+$`, "x0", true],
    ] as const) {
      assert.equal(isFound(pattern, name), expected, pattern.slice(-20));
    }
  });

  it("many branches and many parts are joined in groups", () => {
    const branches = Array.from({ length: 200 }, (_, i) => `x${i}\\d`).join("|");
    const names = [0, 63, 64, 128, 199, 200].flatMap((i) => [`x${i}7`, `x${i}7x0`, `ax${i}7b`, "7".repeat(i)]);
    for (const pattern of [`^(?:${branches})$`, `^a(${branches})b$`, branches, `^${"\\d".repeat(200)}?$`])
      for (const name of names) assert.equal(isFound(pattern, name), new RegExp(pattern).test(name), name);
  });

  it("lists of words are looked up", () => {
    const word = fc.string({ unit: fc.constantFrom(..."ab|.^$\\({}[]*😀\n"), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.array(word), (words, names) => {
        const escaped = words.map((value) => value.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&"));
        const [first] = escaped;
        for (const pattern of [
          `^(?:${escaped.join("|")})$`,
          `^${first}`,
          `^${first}$`,
          `${first}`,
          `${first}$`,
          "^$",
        ]) {
          const regexp = compileRegexp(pattern);
          const engine = new RE2JS(pattern);
          for (const name of [...words, ...names, ""]) assert.equal(regexp.test(name), engine.test(name), pattern);
        }
      }),
    );
  });

  it("what is no list of words is not taken for one", () => {
    for (const pattern of [
      "^a|b$",
      "^(?:a|b)",
      "^a$|b",
      "^a\\",
      "^(a|b)$",
      "^(?:a|b)$c",
      "^a.$",
      "^(?:a)(?:b)$",
      "^a\\d$",
    ]) {
      const regexp = compileRegexp(pattern);
      for (const name of ["a", "b", "ab", "ax", "xb", "a$|b", "ab)", "a1", "bx"]) {
        const expected = regexp.problem === undefined && new RE2JS(pattern).test(name);
        assert.equal(regexp.test(name), expected, `${pattern} in ${name}`);
      }
    }
  });
});
