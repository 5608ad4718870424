import type { Random } from "../../support/random.js";

const literals = [
  "a",
  "b",
  "k",
  "s",
  "é",
  "ß",
  "σ",
  "日",
  "😀",
  "-",
  "_",
  ":",
  "/",
  "{",
  "}",
  "]",
  ",",
  " ",
  "A",
  "1",
] as const;
const escapes = [
  "\\d",
  "\\D",
  "\\w",
  "\\W",
  "\\s",
  "\\S",
  "\\b",
  "\\B",
  "\\A",
  "\\z",
  "\\n",
  "\\t",
  "\\.",
  "\\/",
  "\\-",
] as const;
const numbers = [
  ...["\\x41", "\\x{61}", "\\x{1F600}", "\\101", "\\07", "\\x{0000061}", "\\x{10ffff}", "\\x{d800}", "\\x{DFFF}"],
  ...["\\Qa.b\\E", "\\Q\\E", "\\Q*(\\E", "\\Q\\\\E", "\\Q[a\\", "\\Qa", "\\E"],
] as const;
const classNames = [
  ...["\\pL", "\\PL", "\\p{Lu}", "\\p{^Lu}", "\\P{^L}", "\\p{Greek}", "\\p{Han}", "\\pN", "\\p{Any}", "\\P{Any}"],
  ...["\\pS", "\\PP", "\\pM", "\\pZ", "\\p{Ll}", "\\p{Nd}", "\\p{Zs}", "\\p{Latin}", "\\P{Common}", "\\p{Old_Italic}"],
] as const;
const refused = [
  "\\Z",
  "\\C",
  "\\1",
  "\\8",
  "\\u0061",
  "\\h",
  "\\e",
  "\\cA",
  "\\k<n>",
  "\\x{110000}",
  "\\x",
  "\\p{Foo}",
  "\\é",
] as const;
const counts = ["*", "+", "?", "*?", "+?", "{2}", "{0,1}", "{1,}", "{1,2}?", "{0}", "{0,}", "{3,5}", "??"] as const;
const oddCounts = ["**", "{,2}", "{ 1}", "{01}", "{2,1}", "{1001}", "*+", "{2}{2}", "{-1}", "{a"] as const;
const items = [
  "a",
  "b-k",
  "A-Z",
  "0-9",
  "\\d",
  "\\S",
  "\\pL",
  "[:alpha:]",
  "[:^digit:]",
  "-",
  "\\]",
  "é",
  "😀",
  "^",
  ".",
  "{",
  ...["[:word:]", "[:^space:]", "\\P{Lu}", "\\p{^Greek}", "\\x{61}-k", "+-\\]", "\\x{ff}-\\x{ffff}", " -\u{10ffff}"],
  ...["\\x{d7ff}-\\x{e000}", "\\x{d800}-\\x{dfff}", "\\x{dc00}", "\\x{dbff}-\\x{10ffff}"],
] as const;
const oddItems = ["[:", "[:foo:]", "z-a", "\\b", "a-\\d", "[", "&&", "\\Q"] as const;
const openings = ["(", "(?:", "(?i:", "(?s:", "(?m:", "(?P<n>", "(?i-s:", "(?U:", "(?ims-U:", "(?-i:"] as const;
const oddOpenings = [
  "(?=",
  "(?!",
  "(?<=",
  "(?<!",
  "(?>",
  "(?x:",
  "(?<n>",
  "(?P<n-m>",
  "(?P<",
  "(?#",
  "(?P=n)",
  "(?",
] as const;
const flagChanges = [
  ...[
    "(?i)",
    "(?-i)",
    "(?s)",
    "(?m)",
    "(?U)",
    "(?is-m)",
    "(?i-s)",
    "(?-imsU)",
    "(?)",
    "(?x)",
    "(?ii)",
    "(?i-)",
    "(?-)",
  ],
] as const;
// Only some versions know these; differences.ts says which.
const versioned = ["\\p{LC}", "\\p{Assigned}", "\\p{greek}", "\\p{Letter}", "(?<n>a)"] as const;

/** A pattern in Go's dialect, or nearly. */
export function anyRegexp(random: Random): string {
  const start = random.pick(["", "", "^", "(?i)", "(?s)", "^(?:"]);
  return (
    start + sequence(random, random.pick([1, 2, 2, 4])) + (start.endsWith(":") ? ")" : "") + random.pick(["", "", "$"])
  );
}

function sequence(random: Random, depth: number): string {
  const atoms = Array.from({ length: 1 + random.below(3) }, () => atom(random, depth) + repeat(random));
  return atoms.join(random.chance(0.1) ? "|" : "");
}

function atom(random: Random, depth: number): string {
  if (random.chance(0.02)) return random.pick(refused);
  if (random.chance(0.01)) return random.pick(versioned);
  switch (random.below(10)) {
    case 0:
      return depth > 0 ? group(random, depth - 1) : random.pick(literals);
    case 1:
      return characterClass(random);
    case 2:
      return random.pick(escapes);
    case 3:
      return random.pick(numbers);
    case 4:
      return random.pick(classNames);
    case 5:
      return random.pick([".", "^", "$"]);
    default:
      return random.pick(literals);
  }
}

function group(random: Random, depth: number): string {
  if (random.chance(0.1)) return random.pick(flagChanges);
  const open = random.pick(random.chance(0.05) ? oddOpenings : openings);
  return open + sequence(random, depth) + (random.chance(0.98) ? ")" : "");
}

function characterClass(random: Random): string {
  const item = () => random.pick(random.chance(0.05) ? oddItems : items);
  const inside = Array.from({ length: 1 + random.below(3) }, item).join("");
  return `[${random.pick(["", "", "^"])}${random.pick(["", "", "", "]"])}${inside}${random.chance(0.98) ? "]" : ""}`;
}

function repeat(random: Random): string {
  if (random.chance(0.7)) return "";
  return random.pick(random.chance(0.05) ? oddCounts : counts);
}
