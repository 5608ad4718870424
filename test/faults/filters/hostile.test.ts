import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  all,
  check,
  compile,
  type Filter,
  FilterSyntaxError,
  field,
  matches,
  parse,
} from "../../../src/filters/index.js";
import { compileRegexp } from "../../../src/filters/regexp/compile-regexp.js";
import { mutate } from "../../live/filters/generator.js";
import { anyRegexp } from "../../live/filters/regexps.js";
import { isLong } from "../../support/is-long.js";
import { Random } from "../../support/random.js";
import { image } from "../../unit/filters/records.js";

const small = 8 * 1024;
const large = 64 * 1024;
// Times the cost for eight times the size. Quadratic is 64; the processor's cache, into which only what is small fits,
// and the collection of garbage make up to 27 of 8.
const limit = 34;
const tries = 8;

/** Asserts that the cost of `work` grows with the size, and not with its square; the least of some tries is taken. */
function assertLinear(work: (size: number) => () => unknown): void {
  const [one, eighth] = [work(large), work(small)];
  let part = Math.min(cpuMs(eighth), cpuMs(eighth), cpuMs(eighth)); // the first is the slowest
  let together = Number.POSITIVE_INFINITY;
  for (let count = 1; count <= tries; count++) {
    together = Math.min(together, cpuMs(one));
    if (together < limit * Math.max(part, 0.1)) return;
    part = Math.min(part, cpuMs(eighth));
  }
  assert.fail(`grew ${together / part} times: from ${part} ms to ${together} ms`);
}

/** The time of the process itself, whatever else the machine does. */
function cpuMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function times(text: string, size: number): string {
  return Buffer.from(text.repeat(size / text.length)).toString(); // one flat string, as it would be received
}

describe("long strings take linear time", () => {
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
    it(what, () => {
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
    it(`${what}, refused`, () => {
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
    it(`a regexp of ${what}, silent`, () => {
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
    it(`built: ${what}`, () => {
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

/** Fails for what takes longer than half a second where this was written: 7 times a work of 70 ms. */
function assertQuick(run: () => unknown): void {
  if (cpuMs(run) < mostReferences * referenceMs) return;
  const [ms, nowMs] = [cpuMs(run), measureReference()]; // the machine may be slower than it was
  assert.ok(ms < mostReferences * nowMs, `${ms} ms, where the reference takes ${nowMs} ms`);
}

function measureReference(): number {
  const texts = Array.from({ length: 200_000 }, (_, index) => `${(index * 7_919) % 1_000_003}`);
  return Math.min(...[1, 2, 3].map(() => cpuMs(() => new Set(texts.toSorted()))));
}

const size = 50_000;
const mostReferences = 10; // and not 7: what is measured varies
const referenceMs = measureReference();

// The engine reads these in quadratic time as they stand: 50 kB took it up to 5 s.
describe("patterns of 50 kB take little time", () => {
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
    counts: times("a{9}", size),
    dots: times(".?", size),
    "repeats of repeats": times("(a*)*", size),
    anchors: times("^$", size),
    "properties by other names": times("\\p{Old Italic}", size),
    "properties that are none": times("\\p{a a a}", size),
    "a long property": `\\p{${times("tai", size)}}`,
    "words of every length": Array.from({ length: 400 }, (_, length) => "a".repeat(length)).join("|"),
  };

  for (const [what, pattern] of Object.entries(patterns)) {
    it(what, () => {
      assertQuick(() => compileRegexp(pattern).test("abc"));
    });
  }
});

describe("whatever is repeated up to 50 kB takes little time", () => {
  const random = new Random(1);
  const pieces = Array.from({ length: isLong ? 100 : 12 }, () => mutate(anyRegexp(random), random).slice(0, 20)).filter(
    (piece) => piece !== "",
  );
  for (const piece of pieces) {
    it(JSON.stringify(piece), () => {
      const pattern = piece.repeat(size / piece.length);
      const makers = [
        () => parse(`name~=${JSON.stringify(pattern)}`),
        () => field.name.matches(pattern),
        () => parse(pattern),
      ];
      for (const make of makers) assertQuick(() => attempt(make));
      assertQuick(() => compileRegexp(pattern).test("abc"));
    });
  }

  function attempt(make: () => Filter): Filter | undefined {
    try {
      return make();
    } catch {
      return undefined; // it is about the time only
    }
  }
});

describe("long names take linear time", () => {
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
    it(what, () => {
      const filter = field.name.matches(pattern);
      assertLinear((size) => {
        const record = image({ name: `${times("ab".slice(0, 1 + (pattern.includes("b)") ? 1 : 0)), size)}c!` });
        return () => matches(filter, record);
      });
    });
  }
});

describe("deep trees are decided and written without deep recursion", () => {
  const count = 30_000; // more than calls fit on the stack
  const leaves = Array.from({ length: count }, (_, index) => field.label(`k${index % 1_000}`).notEquals("v"));
  const never = field.name.equals("never");

  it("a chain of and", () => {
    const filter = leaves.reduce((left, right) => left.and(right), all);
    assert.equal(matches(filter, image()), true);
    assert.equal(matches(filter.and(never), image()), false);
    assert.equal(compile(filter)[0]?.split(",").length, count);
    assert.deepEqual(check(filter), []);
  });

  it("a chain of and that leans the other way", () => {
    const filter = leaves.reduce((left, right) => right.and(left), all);
    assert.equal(matches(never.and(filter), image()), false);
    assert.equal(compile(filter).length, 1);
  });

  it("a chain of or", () => {
    const filter = leaves.reduce((left, right) => left.or(right), never);
    assert.equal(matches(filter, image()), true);
    assert.throws(() => compile(filter), /30001 strings/);
    assert.match(String(filter), /30001 strings/);
  });

  it("and in or in and", () => {
    const filter = leaves.reduce((left, right, index) => (index % 2 === 0 ? left.and(right) : left.or(never)), never);
    assert.equal(matches(filter, image()), false);
    assert.equal(matches(filter.or(field.name.present()), image()), true);
    assert.throws(() => compile(filter), /15001 strings/);
  });

  it("one filter in many places is decided once", () => {
    let filter: Filter = field.label("a").absent();
    for (let index = 0; index < 1_000; index++) filter = filter.and(field.label("b").absent()).or(filter.and(never));
    assert.equal(matches(filter, image()), true);
    assert.equal(matches(filter, image({ labels: { b: "1" } })), false);
    assert.throws(() => compile(filter), /more than 256/);
  });

  it("ten thousand clauses and strings", () => {
    const clause = (index: number) => `labels.k${index}!=v`;
    const clauses = Array.from({ length: 10_000 }, (_, index) => clause(index));
    assert.equal(matches(parse(clauses.join(",")), image()), true);
    assert.equal(matches(parse(...clauses), image()), true);
    assert.equal(compile(parse(...clauses)).length, 10_000);
  });
});
