import { shorten } from "../errors.js";
import { readPattern } from "./pattern-error.js";
import type { Series, Token } from "./token.js";
import { tokenize } from "./tokenize.js";

/**
 * The pattern with its named groups as every Go reads them: `(?<n>…)` becomes `(?P<n>…)`.
 *
 * Go before 1.22, and so containerd 1.6, cannot read the first form, and matches nothing.
 */
export function portable(pattern: string): string {
  if (!pattern.includes("(?<")) return pattern;
  const texts = () => tokenize(pattern).map(({ text }) => text.replace(/^\(\?</, "(?P<"));
  return readPattern(texts, () => [pattern]).join("");
}

/** Why a pattern matches nothing on some servers. */
export interface Problem {
  readonly problem?: string | undefined;
  /** The series of containerd that have the problem; left out if all have it. */
  readonly versions?: readonly Series[] | undefined;
}

/** The part of a pattern that most series of containerd cannot read, if there is one. */
export function dialectProblem(tokens: readonly Token[]): Problem {
  const items = tokens.flatMap((token) => (token.kind === "[" ? token.items : []));
  const unknownTo = (series: Series) => items.find((item) => item.unknownTo?.includes(series));
  const { written = "", unknownTo: versions } = unknownTo("1.7") ?? unknownTo("1.6") ?? {};
  return versions ? { problem: `containerd ${versions.join(" and ")} cannot read ${shorten(written)}`, versions } : {};
}

/** What a series lacks of what a newer one knows. */
interface Dialect {
  readonly series: Series;
  /** Groups may be written `(?<n>…)`. */
  readonly angles: boolean;
}

/** Whether a server knows every construct of a pattern that a newer one knows. */
export function isKnown(pattern: string, dialect: Dialect): boolean {
  const tokens = readPattern(
    () => tokenize(pattern),
    () => [],
  );
  const hasAngles = tokens.some(({ text }) => text.startsWith("(?<"));
  return (dialect.angles || !hasAngles) && !dialectProblem(tokens).versions?.includes(dialect.series);
}
