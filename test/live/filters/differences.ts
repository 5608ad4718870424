import type { Version } from "../../support/daemon/daemon.js";
import type { Answer } from "./server.js";

/**
 * A reason, by name, why a server does not answer as `matches` decides.
 *
 * All are properties of the Go that a daemon was built with: 1.19 for 1.6, 1.24 for 1.7, and 1.27 for 2.x, as Debian
 * builds them. `matches` reads regexps as Go 1.27 does, with the Unicode 16 of `@bufbuild/re2`.
 */
export interface Difference {
  readonly name: string;
  readonly versions: readonly Version[];
  /** Found in every filter that can have it. */
  readonly isIn: RegExp;
  /** A filter that shows it, on a record of that name. */
  readonly filter: string;
  readonly record: string;
  readonly listed: Answer;
  readonly isMatch: boolean;
}

const tje = "\u1c89"; // a letter since Unicode 16

export const differences: readonly Difference[] = [
  {
    name: "Go before 1.22 takes (?<n>…) for an error; compile writes (?P<n>…)",
    versions: ["1.6"],
    isIn: /\(\?<\w/,
    filter: 'name~="(?<n>a)"',
    record: "a",
    listed: [],
    isMatch: true,
  },
  {
    name: "Go before 1.25 takes some classes, and other names than the proper ones, for errors; check says so",
    versions: ["1.6", "1.7"],
    isIn: /\\[pP](?:[a-z]|\{\^?(?!(?:L|Lu|Greek|Han|Any)\})[^}]*\})/,
    filter: 'name~="\\\\p{letter}"',
    record: "a",
    listed: [],
    isMatch: true,
  },
  {
    name: "Go from 1.25 on counts characters without a meaning as \\pC",
    versions: ["1.6", "1.7"],
    isIn: /\\[pP](?:C|\{\^?C\})/,
    filter: 'name~="\\\\pC"',
    record: "\u0378",
    listed: [],
    isMatch: true,
  },
  {
    name: "Go takes half of a surrogate pair after ^ for U+FFFD",
    versions: ["1.7", "2.x"],
    isIn: /x\{d[89a-f]/i,
    filter: 'name~="^\\\\x{d800}"',
    record: "\ufffd",
    listed: ["\ufffd"],
    isMatch: false,
  },
  {
    name: "Go 1.19 takes it for U+FFFD, too, where the pattern stands between ^ and $",
    versions: ["1.6", "1.7", "2.x"],
    isIn: /(?:\^|\\A).*x\{d[89a-f].*(?:\$|\\z)/i,
    filter: 'name~="^\\\\x{d800}$"',
    record: "\ufffd",
    listed: ["\ufffd"],
    isMatch: false,
  },
  {
    name: "an old Go has an old Unicode: newer letters are none in a regexp",
    versions: ["1.6", "1.7"],
    isIn: /\u1c89/,
    filter: 'name~="\\\\pL"',
    record: tje,
    listed: [],
    isMatch: true,
  },
  {
    name: "an old Go has an old Unicode: a few letters have another case in it",
    versions: ["1.6", "1.7"],
    isIn: /[\u0390\u03b0\u1fd3\u1fe3\ufb05\ufb06]/,
    filter: 'name~="(?i)\ufb05"',
    record: "\ufb06",
    listed: [],
    isMatch: true,
  },
  {
    name: "an old Go has an old Unicode: newer letters need quotes in a value; compile always writes them",
    versions: ["1.6", "1.7"],
    isIn: /\u1c89/,
    filter: `name==a${tje}`,
    record: `a${tje}`,
    listed: "refused",
    isMatch: true,
  },
];

/** What explains that a server of this version and `matches` disagree, if anything does. */
export function differenceIn(filters: readonly string[], version: Version): Difference | undefined {
  const text = filters.join("\n");
  return differences.find(({ versions, isIn }) => versions.includes(version) && isIn.test(text));
}
