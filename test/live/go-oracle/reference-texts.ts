import type { Random } from "../../support/random.js";

const [HEX_64, HEX_96, HEX_128] = [64, 96, 128].map((length) => "0123456789abcdef".repeat(length / 16));

const domains = [
  "docker.io",
  "index.docker.io",
  "localhost",
  "ghcr.io",
  "my_registry.io",
  "TEAM",
  "[::1]",
  "a-b.c",
] as const;
const words = ["a", "b0", "app", "library", "1.2", "x__y", "a---b", "a".repeat(250)] as const;
const tags = ["latest", "1", "v1.2-rc_1", "_T", "a".repeat(127), "a".repeat(128), "a".repeat(129)] as const;
const digests = [
  `sha256:${HEX_64}`,
  `sha384:${HEX_96}`,
  `sha512:${HEX_128}`,
  `sha256:${HEX_96}`,
  `md5:${HEX_64}`,
] as const;

/** What is put into a text or in the place of a part of it, so that it just misses a rule, or just keeps it. */
const scraps = [
  ...["/", ":", "@", ".", "..", "_", "__", "___", "-", "--", "[", "]", "::", ":5000", ":1", "@sha256:", "sha512:"],
  ...["A", "G", "é", "İ", "ſ", "K", "\0", "\n", " ", "+", "%", "0".repeat(64), "f", "a".repeat(250), "SHA256:"],
] as const;

/** At least one. */
export type Texts = readonly [string, ...string[]];

/** A text that is, or nearly is, an image reference. */
export function randomReference(random: Random, cases: Texts): string {
  let text = random.chance(0.5) ? random.pick(cases) : composed(random);
  for (let changes = random.below(4); changes > 0; changes--) text = changed(text, random, cases);
  return text.toWellFormed(); // a lone surrogate has no UTF-8, so that Go would see another text
}

function composed(random: Random): string {
  const part = (chance: number, make: () => string) => (random.chance(chance) ? make() : "");
  const domain = part(0.5, () => random.pick(domains) + part(0.2, () => ":5000") + part(0.95, () => "/"));
  const path = [random.pick(words), ...random.some(3, () => random.pick(words))].join("/");
  return domain + path + part(0.5, () => `:${random.pick(tags)}`) + part(0.3, () => `@${random.pick(digests)}`);
}

/** The text with a few characters less, a scrap more, or the end of another case in the place of its own. */
function changed(text: string, random: Random, cases: Texts): string {
  const at = random.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (random.below(3)) {
    case 0:
      return before + after.slice(1 + random.below(3));
    case 1:
      return before + random.pick(scraps) + after;
    default:
      return before + random.pick(cases).slice(random.below(20));
  }
}
