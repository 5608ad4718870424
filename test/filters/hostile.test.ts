import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { all, check, compile, type Filter, FilterSyntaxError, field, matches, parse } from "../../src/filters/index.js";
import { compileRegexp } from "../../src/filters/re2.js";
import { image } from "./records.js";

const small = 10 * 1024;
const large = 1024 * 1024;
const limit = 150; // times the cost for about a hundred times the size

/**
 * Asserts that the cost of `work` grows with the size, and no faster.
 *
 * Both sides do about the same work and keep what they make, so that what garbage collection costs is on both. Noise
 * can only make it fail, and does not six times; what is quadratic takes a hundred times longer each time.
 */
function assertLinear(work: (size: number) => () => unknown): void {
  const [one, hundred] = [work(large), Array.from({ length: large / small }, () => work(small))];
  const ratios: number[] = [];
  for (let tries = 0; tries < 6; tries++) {
    const apart = timeMs(() => hundred.map((run) => run()));
    const together = timeMs(one);
    ratios.push((together / apart) * (large / small));
    if ((ratios.at(-1) ?? 0) < limit) return;
  }
  assert.fail(`grew ${ratios.map(Math.round).join(", ")} times`);
}

const kept: unknown[] = [];

function timeMs(run: () => unknown): number {
  const start = performance.now();
  kept.push(run());
  const ms = performance.now() - start;
  kept.length = 0;
  return ms;
}

function times(text: string, size: number): string {
  return Buffer.from(text.repeat(size / text.length)).toString(); // one flat string, as it would be received
}

suite("long strings take linear time", () => {
  const read: Readonly<Record<string, (size: number) => string>> = {
    "a bare value": (size) => `name==${times("a", size)}`,
    "a quoted value": (size) => `name=="${times("a", size)}"`,
    escapes: (size) => `name=="${times("\\n", size)}"`,
    bytes: (size) => `name=="${times("\\xc3", size)}"`,
    "bytes that are UTF-8": (size) => `name=="${times("\\303\\251", size)}"`,
    emoji: (size) => `name=="${times("😀", size)}"`,
    clauses: (size) => `${times("name!=a,", size)}name`,
    "a deep path": (size) => `labels${times(".a", size)}`,
    "a quoted path": (size) => `labels${times('."\\n"', size)}`,
    "white space": (size) => `${times(" ", size)}name`,
    "a literal regexp": (size) => `name~="${times("a", size)}"`,
    "an anchored regexp": (size) => `name~="^${times("a", size)}\\\\d$"`,
    "a regexp of words": (size) => `name~="^(?:${times("abc|", size)}x)$"`,
    "a character class": (size) => `name~="[${times("a-c", size)}]"`,
    "an escaped regexp": (size) => `name~="${times("\\\\.", size)}a*"`,
    "a quoted regexp": (size) => `name~="\\\\Q${times("a", size)}"`,
  };
  for (const [what, make] of Object.entries(read)) {
    test(what, () => {
      assertLinear((size) => {
        const string = make(size);
        return () => {
          const filter = parse(string);
          return [compile(filter), matches(filter, image())];
        };
      });
    });
  }

  const refused: Readonly<Record<string, (size: number) => string>> = {
    "an operator that does not end": (size) => `name${times("=", size)}`,
    "a quote that does not end": (size) => `name=="${times("a", size)}`,
    "a quote of backslashes that does not end": (size) => `name=="${times("\\\\", size)}`,
    "a value that goes wrong at the end": (size) => `name==${times("a", size)} `,
    commas: (size) => `name${times(",", size)}`,
    dots: (size) => `name${times(".", size)}`,
    "U+FFFD at the end": (size) => `name==${times("a", size)}\ufffd`,
  };
  for (const [what, make] of Object.entries(refused)) {
    test(`${what}, refused`, () => {
      assertLinear((size) => {
        const string = make(size);
        return () => assert.throws(() => parse(string), FilterSyntaxError);
      });
    });
  }

  const broken: Readonly<Record<string, (size: number) => string>> = {
    "open brackets": (size) => times("[", size),
    "open names": (size) => times("(?<", size),
    "open classes": (size) => `[${times("[:", size)}`,
    "open properties": (size) => times("\\p{L", size),
    stars: (size) => times("*", size),
    "a class that ends in a backslash": (size) => `[${times("a", size)}\\`,
    "escapes that end in a backslash": (size) => `${times("\\\\", size)}\\`,
    "a class of escapes that ends in one": (size) => `[${times("\\]", size)}\\`,
    "a name that does not end": (size) => `(?P<${times("n", size)}`,
    "flags that do not end": (size) => `(?${times("i", size)}`,
    "a number that does not end": (size) => `a{${times("1", size)}}`,
    "a code that does not end": (size) => `\\x{${times("0", size)}`,
    "repeats that are too many": (size) => times("a{1000}", size),
  };
  for (const [what, make] of Object.entries(broken)) {
    test(`a regexp of ${what}, silent`, () => {
      assertLinear((size) => {
        const filter = parse(`name~=${JSON.stringify(make(size))}`);
        return () => assert.equal(check(filter).length, 1);
      });
    });
  }

  // The texts are made before the time is taken.
  const given =
    <T>(input: T, build: (input: T) => Filter) =>
    () =>
      build(input);
  const words = (size: number) => Array.from({ length: size / 16 }, (_, index) => `${index}`.padStart(16, "."));
  const built: Readonly<Record<string, (size: number) => () => Filter>> = {
    equals: (size) => given(times("a", size), (text) => field.name.equals(text)),
    startsWith: (size) => given(times(".", size), (text) => field.name.startsWith(text)),
    oneOf: (size) => given(words(size), (texts) => field.name.oneOf(...texts)),
    "a label's key": (size) => given(times('"', size), (text) => field.label(text).present()),
  };
  for (const [what, make] of Object.entries(built)) {
    test(`built: ${what}`, () => {
      assertLinear((size) => {
        const build = make(size);
        return () => {
          const filter = build();
          return [compile(filter), matches(filter, image())];
        };
      });
    });
  }
});

// The engine reads these in quadratic time as they stand: 100 kB took it up to 20 s.
suite("patterns of 100 kB take little time", () => {
  const size = 100_000;
  const patterns: Readonly<Record<string, string>> = {
    "nested groups": `${"(?:".repeat(size / 4)}a${")".repeat(size / 4)}`,
    "groups nested at the end": `${"(?:.".repeat(size / 5)}${")".repeat(size / 5)}`,
    "groups nested at the start": `${"(?:".repeat(size / 5)}${".)".repeat(size / 5)}`,
    "nested alternatives": `${"(?:ab|".repeat(size / 7)}${")".repeat(size / 7)}`,
    alternatives: times("ab|", size),
    characters: times("é|b|", size),
    groups: times("(?:ab)*", size),
    captures: times("(a)", size),
    names: times("(?P<n>a)", size),
    escapes: `${times("\\.", size)}a*`,
    flags: times("(?i)a(?-i)", size),
    quotes: times("\\Qa\\E", size),
    braces: times("{", size),
    "a class": `[${times("a-c", size)}]`,
    "names in a class": `[${times("[:alpha:]", size)}]`,
    "properties in a class": `[${times("\\pL", size)}]`,
    "a class without a name": `[${times("[:", size)}]`,
  };
  const limitMs = 5_000; // of the process's own time, on a machine that is slow and busy

  for (const [what, pattern] of Object.entries(patterns)) {
    test(what, () => {
      const before = process.cpuUsage();
      const { test: isIn } = compileRegexp(pattern);
      isIn("abc");
      const { user, system } = process.cpuUsage(before);
      assert.ok((user + system) / 1_000 < limitMs, `${(user + system) / 1_000} ms`);
    });
  }
});

suite("long names take linear time", () => {
  const patterns: Readonly<Record<string, string>> = {
    "nested repeats": "^(a+)+$",
    "overlapping alternatives": "^(a|aa|aab)*c",
    "a repeat of repeats": "(x+x+)+y",
    "many stars": "^.*.*.*.*.*b$",
    counts: "(?:a?){30}a{30}c",
    "too many states": "(?:a|b)*a(?:a|b){12}c",
    boundaries: "(?:\\b\\w+\\b\\s*)+!",
  };
  for (const [what, pattern] of Object.entries(patterns)) {
    test(what, () => {
      const filter = field.name.matches(pattern);
      assertLinear((size) => {
        const record = image({ name: `${times("ab".slice(0, 1 + (pattern.includes("b)") ? 1 : 0)), size)}c!` });
        return () => matches(filter, record);
      });
    });
  }
});

suite("deep trees", () => {
  const leaves = Array.from({ length: 100_000 }, (_, index) => field.label(`k${index % 1_000}`).notEquals("v"));
  const never = field.name.equals("never");

  test("a chain of and", () => {
    const filter = leaves.reduce((left, right) => left.and(right), all);
    assert.equal(matches(filter, image()), true);
    assert.equal(matches(filter.and(never), image()), false);
    assert.equal(compile(filter)[0]?.split(",").length, 100_000);
    assert.deepEqual(check(filter), []);
  });

  test("a chain of and that leans the other way", () => {
    const filter = leaves.reduce((left, right) => right.and(left), all);
    assert.equal(matches(never.and(filter), image()), false);
    assert.equal(compile(filter).length, 1);
  });

  test("a chain of or", () => {
    const filter = leaves.reduce((left, right) => left.or(right), never);
    assert.equal(matches(filter, image()), true);
    assert.throws(() => compile(filter), /100001 strings/);
    assert.match(String(filter), /100001 strings/);
  });

  test("and in or in and", () => {
    const filter = leaves.reduce((left, right, index) => (index % 2 === 0 ? left.and(right) : left.or(never)), never);
    assert.equal(matches(filter, image()), false);
    assert.equal(matches(filter.or(field.name.present()), image()), true);
    assert.throws(() => compile(filter), /50001 strings/);
  });

  test("one filter in many places is decided once", () => {
    let filter: Filter = field.label("a").absent();
    for (let index = 0; index < 1_000; index++) filter = filter.and(field.label("b").absent()).or(filter.and(never));
    assert.equal(matches(filter, image()), true);
    assert.equal(matches(filter, image({ labels: { b: "1" } })), false);
    assert.throws(() => compile(filter), /more than 256/);
  });

  test("ten thousand clauses and strings", () => {
    const clause = (index: number) => `labels.k${index}!=v`;
    const clauses = Array.from({ length: 10_000 }, (_, index) => clause(index));
    assert.equal(matches(parse(clauses.join(",")), image()), true);
    assert.equal(matches(parse(...clauses), image()), true);
    assert.equal(compile(parse(...clauses)).length, 10_000);
  });
});
