import { quote } from "../../../src/filters/quote.js";
import type { NewImage } from "../../../src/image.js";
import type { Random } from "../../support/random.js";
import { anyFilters, fixture, mutate } from "../filters/generator.js";
import { anyRegexp } from "../filters/regexps.js";
import { type Plan, randomPlan, smallerPlans } from "./plans.js";
import { extreme, jsSource, soup } from "./soup.js";

/** What is compared: filters as a List carries them, a pattern of Go, a RegExp, or something built. */
export type Case =
  | { readonly kind: "filters"; readonly filters: readonly string[] }
  | { readonly kind: "pattern"; readonly pattern: string }
  | { readonly kind: "regexp"; readonly source: string; readonly flags: string }
  | { readonly kind: "built"; readonly plan: Plan };

/** A case of any kind. */
export function anyCase(random: Random): Case {
  switch (random.below(8)) {
    case 0:
    case 1:
      return { kind: "filters", filters: anyFilters(random) };
    case 2:
      return { kind: "filters", filters: anyFilters(random).map((text) => mutate(text, random)) };
    case 3:
      return { kind: "pattern", pattern: mutate(anyRegexp(random), random) };
    case 4:
    case 5:
      return { kind: "pattern", pattern: random.chance(0.005) ? extreme(random) : soup(random) };
    case 6:
      return {
        kind: "regexp",
        source: jsSource(random),
        flags: random.pick(["", "", "u", "s", "i", "m", "v", "su", "dg"]),
      };
    default:
      return { kind: "built", plan: randomPlan(random) };
  }
}

/** Simpler cases of the same kind, the simplest first. */
export function* smaller(found: Case): Generator<Case> {
  switch (found.kind) {
    case "filters":
      for (const [index] of found.filters.entries()) {
        if (found.filters.length > 1) yield { ...found, filters: found.filters.filter((_, at) => at !== index) };
      }
      for (const [index, text] of found.filters.entries()) {
        for (const less of smallerTexts(text)) yield { ...found, filters: found.filters.with(index, less) };
      }
      return;
    case "pattern":
      for (const pattern of smallerTexts(found.pattern)) yield { ...found, pattern };
      return;
    case "regexp":
      for (const flags of smallerTexts(found.flags)) yield { ...found, flags };
      for (const source of smallerTexts(found.source)) yield { ...found, source };
      return;
    case "built":
      for (const plan of smallerPlans(found.plan)) yield { ...found, plan };
  }
}

/** The text without a part of it, larger parts first; then with a plain letter in the place of one that is not. */
function* smallerTexts(text: string): Generator<string> {
  const characters = Array.from(text);
  for (let size = characters.length; size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let at = 0; at + size <= characters.length; at += size) yield characters.toSpliced(at, size).join("");
  }
  for (const [at, character] of characters.entries()) {
    if (/[^a-z]/.test(character)) yield characters.with(at, "a").join("");
  }
}

/** A selector that says what the pattern is found in. */
export function nameMatches(pattern: string): string {
  return `name~=${quote(pattern)}`;
}

const target = { digest: `sha256:${"a".repeat(64)}`, mediaType: "m", size: 1 };
const long = "a".repeat(64);
const singles = Array.from(
  "😀\ud7ff\ue000\ufffd\uffff\u{10000}\u{10ffff}ꙮİıſ\u212aKkßẞςΣǅ\u0085\u2028\0\u007f.:/-+@[`{_~",
);

/** Records that the cases may match: of any kind, with names made of the cases' own characters, and with odd ones. */
export function imagesFor(cases: readonly Case[], random: Random): NewImage[] {
  const echoes = Array.from({ length: 6 }, () => echoOf(cases[random.below(cases.length)], random));
  const odd = Array.from({ length: 6 }, () => singles[random.below(singles.length)] ?? "a");
  const names = new Set([...echoes, ...odd, "😀", "-", long, `${long}a`].filter((name) => name !== ""));
  return [...fixture(random, 6), ...Array.from(names, (name) => ({ name, target }))];
}

function echoOf(found: Case | undefined, random: Random): string {
  const text = found?.kind === "pattern" ? found.pattern : found?.kind === "regexp" ? found.source : "a";
  const plain = text.replace(/[\\^$.*+?()[\]{}|]/g, "").toWellFormed();
  return random.chance(0.5) ? plain : Array.from(plain).slice(0, 3).join("");
}
