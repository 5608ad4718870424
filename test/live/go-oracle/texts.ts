import type { Random } from "../../support/random.js";

const formatScraps = [
  ...[
    "%",
    "%",
    "%",
    "%%",
    "[",
    "]",
    "[]",
    "[1]",
    "[2]",
    "[x]",
    "[1000001]",
    "[10000010]",
    "1",
    "2",
    "0",
    "*",
    ".",
    ".*",
    "d",
    "s",
  ],
  ...[
    "é",
    "😀",
    "\ufffd",
    "-",
    "+",
    " ",
    "#",
    "1000000",
    "1000001",
    "10000000",
    "99999999",
    "\n",
    "(",
    "!",
    "v",
    "x",
    "T",
    "w",
  ],
] as const;

/** What may be a Go format string. */
export function randomFormat(random: Random): string {
  return Array.from({ length: 1 + random.below(8) }, () => random.pick(formatScraps)).join("");
}

const times = [
  "2001-02-28T04:05:06.5+01:00",
  "0004-02-29T4:05:06,123456789123-24:60",
  "1999-12-31T23:59:59Z",
  "9999-10-01T00:00:00Z",
] as const;

/** RFC 3339 with up to a few characters changed, taken out or put in. */
export function randomTime(random: Random): string {
  let characters = Array.from(random.pick(times));
  for (let changes = random.below(4); changes > 0; changes--) {
    const at = random.below(characters.length);
    const put = random.chance(0.7)
      ? [random.pick(["0", "1", "2", "3", "5", "6", "9", ":", "+", "-", "T", "Z", ".", ",", " "])]
      : [];
    characters = characters.toSpliced(at, random.chance(0.7) ? 1 : 0, ...put);
  }
  return characters.join("");
}

const quoteScraps = [
  ...[
    '"',
    "\\",
    "\n",
    "\r",
    "\t",
    "\v",
    "\f",
    "\b",
    "\x07",
    "\0",
    "\x1f",
    "\x7f",
    "\x80",
    "\u0085",
    "\u00a0",
    "\u00ad",
    "é",
    "日",
  ],
  ...[
    "\u0301",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\ufffd",
    "\ufffe",
    "\ue000",
    "😀",
    "\u{1f3fd}",
    "\u{e0001}",
    "\u{f0000}",
    "\u{10ffff}",
    "a",
  ],
] as const;

/** A text that is written with escapes in quotes. */
export function randomQuoted(random: Random): string {
  return Array.from({ length: random.below(6) }, () => random.pick(quoteScraps)).join("");
}
