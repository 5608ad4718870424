import type { Random } from "../../support/random.js";

// What RE2's syntax is made of.
const sound = [
  ...[
    "a",
    "b",
    "k",
    "s",
    "-",
    "^",
    "$",
    ".",
    "|",
    ":",
    ",",
    "<",
    ">",
    "=",
    "1",
    "{",
    "}",
    "]",
    "{,2}",
    "{01}",
    "{2",
    "}",
  ],
  ...["(?i)", "(?-i)", "(?m)", "(?s)", "(?U)", "(?)", "(?is)", "()", "(|)", "(?:)", "(?P<m>)", "(?ims-U)", "(?-)"],
  ...["[a]", "[^a]", "[]]", "[^]]", "[a-z]", "[--a]", "[a-]", "[-a]", "[[:alpha:]]", "[[:^digit:]]", "[^[:^space:]-k]"],
  ...[
    "[\\d-]",
    "[-\\d]",
    "[\\w]",
    "[\\pL]",
    "[^\\PN]",
    "[.-\\]]",
    "[[:word:][:]",
    "[[]",
    "[^[:^alpha:]]",
    "[[:^alpha:](?<o>]",
  ],
  ...[
    "[[a:]]",
    "[[:]",
    "[:]",
    "[[.a.]]",
    "[a&&b]",
    "[$^]",
    "[|]",
    "[(?i)]",
    "[*+?{}]",
    "[\\x41-\\x{5a}]",
    "[\\Q]",
    "[\\]]",
  ],
  ...["\\d", "\\D", "\\s", "\\S", "\\w", "\\W", "\\b", "\\B", "\\A", "\\z", "\\Qa*\\E", "\\Q\\E", "\\Q\\\\E", "\\E"],
  ...[
    "\\0",
    "\\07",
    "\\12",
    "\\123",
    "\\377",
    "\\400",
    "\\x41",
    "\\x{41}",
    "\\x{0000000000041}",
    "\\x{1f600}",
    "\\x{d800}",
  ],
  ...[
    "\\pL",
    "\\p{L}",
    "\\p{^L}",
    "\\P{^L}",
    "\\pN",
    "\\p{Greek}",
    "\\p{Any}",
    "\\p{Han}",
    "\\pC",
    "\\p{Lu}",
    "\\PZ",
    "\\p{Zs}",
  ],
  ...[
    "\\a",
    "\\f",
    "\\t",
    "\\n",
    "\\r",
    "\\v",
    "\\-",
    "\\/",
    "\\!",
    "\\`",
    "\\<",
    "\\\\",
    "\\[",
    "\\(",
    "\\{",
    "\\}",
    "\\^",
  ],
  ...["é", "ß", "ſ", "\u212a", "σ", "ς", "日", "😀", "\u0301", "\n", "\t", "\ufffd", "\0", "ǅ", "İ", "ı"],
  ...[
    "a".repeat(63),
    "a".repeat(64),
    "a".repeat(65),
    "é".repeat(64),
    `\\Q${"a".repeat(64)}\\E`,
    `\\x{${"0".repeat(64)}41}`,
  ],
] as const;
const repeats = [
  "*",
  "+",
  "?",
  "*?",
  "+?",
  "??",
  "{2}",
  "{1,}",
  "{0}",
  "{0,1}?",
  "{2}?",
  "{1,2}",
  "{10}",
  "{100}",
] as const;
const openings = ["(", "(?:", "(?i:", "(?s:", "(?m:", "(?U:", "(?i-s:", "(?P<n>", "(?P<é>", "(?<n>", "(?-i:"] as const;

// What it refuses, at least as a rule, or some versions of it.
const odd = [
  ...["*", "+", "?", "[", "]", "(", ")", "\\", "**", "{1000}", "{1001}", "{2,1}", "{2}{3}", "*{2}", "?+", "{2}**"],
  ...["(?P<n", "(?P=n)", "(?P>", "(?", "(?=", "(?!", "(?<=", "(?<!", "(?#", "(?>", "(?i-)", "(?ii)", "(?P<1>", "(?<>"],
  ...[
    "[a",
    "[^",
    "[]",
    "[^]",
    "[z-a]",
    "[[:",
    ":]",
    "[:word:]",
    "[[:foo:]]",
    "[[:^alpha:]",
    "[[:^digit:]",
    "[\\d-z]",
    "[a-\\d]",
  ],
  ...[
    "\\Z",
    "\\C",
    "\\G",
    "\\K",
    "\\R",
    "\\X",
    "\\h",
    "\\e",
    "\\1",
    "\\8",
    "\\x4",
    "\\x{}",
    "\\x{110000}",
    "\\u0041",
    "\\cA",
  ],
  ...[
    "\\_",
    "\\é",
    "\\ ",
    "\\\n",
    "\\😀",
    "\\Q",
    "[\\Q",
    "\\p",
    "\\pq",
    "\\p{Lu",
    "\\p{}",
    "\\p{greek}",
    "\\p{Letter}",
    "\\pl",
  ],
  ...[
    "\\p{LC}",
    "\\p{ Lu }",
    "\\p{lowercase-letter}",
    "\\P{Unknown}",
    "\\p{ASCII}",
    "\\p{Foo}",
    "\\p{^}",
    "\\p{Script=Han}",
  ],
] as const;

/** Nested about as deep, or repeated about as often, as Go allows. */
export function extreme(random: Random): string {
  const inside = random.pick(["a", "", "a|b", "[ab]", "a*", "a{2}"]);
  if (random.chance(0.5)) {
    const [open, close] = random.pick([
      ["(", ")"],
      ["(?:", ")"],
      ["(?:", ")*"],
      ["(?i:", ")"],
      ["(a|", ")"],
      ["(?:a", ")"],
      ["(?:", "|c)?"],
    ]);
    const depth = random.pick([499, 500, 501, 998, 999, 1_000, 1_001, 1_500]);
    return open.repeat(depth) + inside + close.repeat(depth);
  }
  const counts = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick([0, 1, 2, 9, 10, 11, 31, 32, 100, 333, 1_000, 1_001]),
  );
  const repeat = (count: number) => random.pick([`{${count}}`, `{${count},}`, `{0,${count}}`, `{${count}}?`]);
  return counts.reduce((pattern, count) => `(?:${pattern})${repeat(count)}`, inside);
}

/** Pieces of RE2's syntax in any order: most of it can be read. */
export function soup(random: Random): string {
  const oddness = random.pick([0, 0, 0.1, 0.4]);
  const size = 1 + random.below(random.pick([3, 6, 12]));
  const repeat = () => (random.chance(0.25) ? random.pick(repeats) : "");
  let depth = 0;
  const piece = () => {
    if (random.chance(oddness)) return random.pick(odd);
    if (random.chance(0.15)) {
      depth++;
      return random.pick(openings);
    }
    if (depth > 0 && random.chance(0.15)) {
      depth--;
      return `)${repeat()}`;
    }
    return random.pick(sound) + repeat();
  };
  const pieces = Array.from({ length: size }, piece).join("");
  return pieces + ")".repeat(random.chance(0.95) ? depth : 0);
}

// What means something in JavaScript only, or something else than in RE2.
const scrapsOfJs = [
  ...[
    "\\u0041",
    "\\u{41}",
    "\\u{1f600}",
    "\\ud83d",
    "\\udc00",
    "\\uffff",
    "\\cA",
    "\\c",
    "\\0",
    "\\k<n>",
    "\\p{Script=Greek}",
  ],
  ...[
    "[\\b]",
    "[^]",
    "[]",
    "[\\w--z]",
    "[\\w-z]",
    "[a-\\uffff]",
    "[ -\\uffff]",
    "[\\ud83d\\ude00]",
    "[a&&b]",
    "[--\\w]",
    "[\\s-a]",
  ],
  ...[
    "(?<n>a)",
    "(?<n>",
    "(?=a)",
    "(?<=a)",
    "(?<!a)",
    "(?i:a)",
    "(?-i:a)",
    "{",
    "}",
    "]",
    "{,2}",
    "{2}",
    "{02}",
    "{1,02}",
  ],
  ...[
    "/",
    "\\/",
    "\\-",
    "\\'",
    "\\x",
    "\\x4",
    "\\x41",
    "\\8",
    "\\08",
    "\\a",
    "\\z",
    "\\A",
    "\\Q",
    "\\E",
    "\\_",
    "$",
    "^",
    ".",
  ],
  ...[
    "[😀]",
    "[^a]",
    "[a-z]",
    "[é-ü]",
    "😀",
    "😀*",
    "😀{2}",
    "(😀|a)",
    "\ud83d",
    "\ude00",
    "[\ud83d]",
    "[!-~]",
    "[^\\d]",
  ],
  ...[
    "a",
    "b",
    "k",
    "K",
    "s",
    "ſ",
    "K",
    "ß",
    "é",
    "\\d",
    "\\w",
    "\\s",
    "\\S",
    "\\b",
    "|",
    "*",
    "+",
    "?",
    "(",
    ")",
    "(?:",
    "*?",
  ],
] as const;

/** The source of what is mostly a RegExp. */
export function jsSource(random: Random): string {
  const scrap = () => (random.chance(0.7) ? random.pick(scrapsOfJs) : random.pick(sound));
  const [start, end] = [random.pick(["", "", "^"]), random.pick(["", "", "$"])];
  return start + Array.from({ length: 1 + random.below(5) }, scrap).join("") + end;
}
