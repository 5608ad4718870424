import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check, compile, field, matches, parse, ValidationError } from "../../../src/filters/index.js";
import { compileRegexp } from "../../../src/filters/regexp/compile-regexp.js";
import { profiles } from "../../../src/testing/profile.js";
import { isKnownPattern } from "../../../src/testing/services/regexp-dialect.js";
import { image } from "./records.js";

// The results were recorded from the regexp packages of Go 1.19, 1.24 and 1.27.

describe("patterns that Go accepts", () => {
  const a64 = "a".repeat(64);
  const found: readonly (readonly [pattern: string, text: string, isFound: boolean])[] = [
    ["^[[:^alpha:](?<n>]$", "<", true],
    ["^[[:^alpha:](?<n>]$", "P", false],
    ["[[:^digit:][:]", ":", true],
    ["[[:^digit:][:]", "1", false],
    [`^[[:^digit:]${a64}]$`, "{", true],
    [`^[[:^digit:]${a64}]$`, "1", false],
    ["[:]", ":", true],
    ["^[]a]$", "]", true],
    ["^[]a]$", "a", true],
    ["^[^]a]$", "]", false],
    [`^${a64}(?i)?$`, a64.slice(1), true],
    [`^${a64}(?)*$`, `${a64}aa`, true],
    [`^${a64}(?i)+$`, `${a64}a`, true],
    [`^${a64}(?i){2}$`, `${a64}a`, true],
    [`^${a64}(?i){2}$`, a64, false],
    [`^${a64}\\Q\\E*$`, a64.slice(1), true],
    ["^a*(?i)+$", "aa", true],
    ["^(?:a(?i)b)c$", "aBc", true],
    ["^(?:a(?i)b)c$", "aBC", false],
    ["^a(?i)b|c$", "xC", true],
    ["^(?i:(b)A)C$", "BaC", true],
    ["^(?i:(b)A)C$", "Bac", false],
    ["^(?P<ims>a)$", "A", false],
    [`^\\x{${"0".repeat(64)}41}$`, "A", true],
    ["^\\Qa.b\\E{2}$", "a.bb", true],
    ["\\x{d83d}\\x{de00}", "😀", false],
    ["^(?:(?:a|b)(?:c|d)|(?:e|f))$", "bd", true],
    ["^(?:(?:a|b)(?:c|d)|(?:e|f))$", "e", true],
    ["^(?:(?:a|b)(?:c|d)|(?:e|f))$", "f", true],
    ["^(?:(?:a|b)(?:c|d)|(?:e|f))$", "af", false],
    ["(?s-s:.)|(?m:^b$)", "\n", false],
    ["(?s-s:.)|(?m:^b$)", "b\n", true],
    ["^\\pl$", "a", true],
    ["^\\p{ASCII}$", "é", false],
    ["^\\p{greek}$", "Ω", true],
    ["^\\P{^g-R_e Ek}$", "Ω", true],
    ["^\\p{uppercase letter}$", "A", true],
    ["^\\p{OLDITALIC}$", "\u{10300}", true],
    ["^[^\\p{any}]$", "a", false],
    ["^\\P{Sidetic}$", "a", true],
    ["^[\\p{Sidetic}a]$", "a", true],
  ];
  for (const [pattern, text, isFound] of found) {
    it(`${pattern} ${isFound ? "is" : "is not"} in ${text}`, () =>
      assert.equal(matches(parse(`name~=${JSON.stringify(pattern)}`), image({ name: text })), isFound));
  }
});

describe("patterns that Go refuses", () => {
  const refused: readonly (readonly [pattern: string, problem: RegExp])[] = [
    ["^(?P<n>?:a)$", /repeats nothing/],
    ["(?<n>?)", /repeats nothing/],
    ["a|*", /repeats nothing/],
    ["a(?:*b)", /repeats nothing/],
    ["\\Q\\E*", /repeats nothing/],
    ["a**", /nested repetition/],
    ["[[:alphabet:]]", /class range/],
    ["[[::]]", /class range/],
    ["[:[:]]:]", /class range/],
    ["[a-\\d]", /class range|escape/],
    ["\\P{Unknown}", /class range/],
    ["\\p{Gree\u212a}", /class range/],
    ["\\x{110000}", /escape/],
    ["a)", /unexpected \)/],
    ["(?i", /group/],
    ["((a{10}){10}){11}", /repeat count/],
    [`${"(".repeat(1000)}${")".repeat(1000)}`, /nests too deeply/],
    [`${"(".repeat(4000)}${")".repeat(4000)}`, /nests too deeply/],
    [`${"(?:a".repeat(501)}${")*".repeat(501)}`, /nests too deeply/],
  ];
  for (const [pattern, problem] of refused) {
    it(`${pattern.slice(0, 40)}: ${problem.source}`, () => {
      assert.match(compileRegexp(pattern).problem ?? "", problem);
      assert.equal(compileRegexp(pattern).versions, undefined);
    });
  }

  it("are not refused one level before", () => {
    for (const pattern of [`${"(".repeat(999)}${")".repeat(999)}`, `${"(?:".repeat(4000)}a${")".repeat(4000)}`])
      assert.equal(compileRegexp(pattern).problem, undefined);
    assert.equal(compileRegexp("((a{10}){10}){10}").problem, undefined);
  });

  it("are refused for the repeats of groups, too", () => {
    for (const pattern of ["(?:[a-z]{10}){100}".repeat(250), `(?:${"a".repeat(300)}){1000}`])
      assert.equal(compileRegexp(pattern).problem, "too large");
    for (const pattern of ["(?i)[à-ῼ](?:a){1000}", "(?i)a{1000}[à-ῼ]", `${"a".repeat(300)}{1000}`])
      assert.equal(compileRegexp(pattern).problem, undefined, pattern.slice(0, 40));
  });

  it("are refused for what they would cost, where Go would make millions of instructions", () => {
    for (const pattern of ["[a-z]{1000}".repeat(1000), "\\pL".repeat(30_000), `(?i)${"[à-ῼ]".repeat(1000)}`])
      assert.equal(compileRegexp(pattern).problem, "too large");
    for (const pattern of ["[a-z]{1000}".repeat(100), "(?i)[.-\\]]{1000}", "(?i)\\x{daaa}{1000}"])
      assert.equal(compileRegexp(pattern).problem, undefined);
    for (const pattern of ["\\pL".repeat(1000), `${"a".repeat(300_000)}\\d`])
      assert.equal(compileRegexp(pattern).problem, undefined);
  });

  it("are refused for ranges of letters under the flag i, and not for ranges of ASCII, however they are written", () => {
    for (const range of ["\\41-a", "\\0-\\177", "\\x21-\\x7E", "\\x{21}-\\x{0007e}", "\\a-\\x{f}", "\\07-\\012"])
      assert.equal(compileRegexp(`(?i)[${range}]{100}`).problem, undefined, range);
    for (const range of ["!-\\200", "\\200-\\377", "\\x80-\\xFF", "\\0-\\x{0080}", "\\x{1f00}-\\x{1ffc}", "a-\u1ffc"])
      assert.equal(compileRegexp(`(?i)[${range}]{100}`).problem, "too large", range);
  });
});

describe("what only some versions read", () => {
  const silent: readonly (readonly [pattern: string, versions: readonly string[]])[] = [
    ["\\pL", []],
    ["\\p{^Old_Italic}", []],
    ["\\p{Kawi}", ["1.6"]],
    ["[a\\P{Old_Uyghur}]", ["1.6"]],
    ["\\p{Kawi}\\p{Garay}", ["1.6", "1.7"]],
    ["\\pl", ["1.6", "1.7"]],
    ["\\p{Letter}", ["1.6", "1.7"]],
    ["\\p{greek}", ["1.6", "1.7"]],
    ["[\\p{LC}]", ["1.6", "1.7"]],
    ["\\p{Sidetic}", ["1.6", "1.7"]],
  ];
  for (const [pattern, versions] of silent) {
    it(`${pattern} is silent on ${versions.join(" and ") || "none"}`, () => {
      const issues = check(parse(`name~=${JSON.stringify(pattern)}`));
      assert.deepEqual(
        issues.flatMap((issue) => issue.versions ?? []),
        versions,
      );
      for (const [version, profile] of Object.entries(profiles))
        assert.equal(isKnownPattern(pattern, profile), !versions.includes(version), version);
      if (versions.length > 0) assert.throws(() => field.name.matches(pattern), ValidationError);
      else assert.equal(compile(field.name.matches(pattern)).length, 1);
    });
  }

  it("the message names the class as it was written", () => {
    for (const written of ["\\pl", "\\P{^greek}", "\\p{upper-case letter}", "\\p{Sidetic}"])
      assert.equal(compileRegexp(`[a${written}]`).problem, `containerd 1.6 and 1.7 cannot read ${written}`);
    assert.match(compileRegexp(`\\p{L${" ".repeat(1_000)}}`).problem ?? "", /^.{20,120}$/);
  });

  it("(?<n>…) is silent on 1.6 as it is written, and is sent as (?P<n>…)", () => {
    const filter = parse('name~="(?<n>a)[(?<n>]"');
    assert.deepEqual(check(filter), []);
    assert.deepEqual(compile(filter), ['name~="(?P<n>a)[(?<n>]"']);
    assert.deepEqual(
      Object.values(profiles).map((profile) => isKnownPattern("(?<n>a)", profile)),
      [false, true, true],
    );
    assert.equal(isKnownPattern("[(?<n>]\\(?<n>", profiles["1.6"]), true);
  });
});

describe("a RegExp that would find something else", () => {
  for (const source of ["[ -\uffff]", "^[\\w--z]$", "[\\d-a-z]", "[^a]", "a{01}", "\\x61{02}", "[[:alpha:]]", "[]"]) {
    const regexp = new RegExp(source);
    it(`${regexp} is refused`, () => assert.throws(() => field.name.matches(regexp), /differs|RE2/));
  }
  for (const source of ["[\\w-]", "[-\\w]", "[ -\ud7ff]", "[a-z-]"]) {
    const regexp = new RegExp(source);
    it(`${regexp} is sent`, () => assert.equal(compile(field.name.matches(regexp)).length, 1));
  }
});
