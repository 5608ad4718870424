import { type Series, series } from "./property.js";
import { PatternError, type Token } from "./token.js";
import { tokenize } from "./tokenize.js";

/**
 * The pattern with its named groups as every Go reads them: `(?<n>…)` becomes `(?P<n>…)`.
 *
 * Go before 1.22, and with it containerd 1.6, takes the first form for an error and so answers with silence.
 */
export function portable(pattern: string): string {
  if (!pattern.includes("(?<")) return pattern;
  return (readable(pattern) ?? []).map((token) => token.text.replace(/^\(\?</, "(?P<")).join("") || pattern;
}

function readable(pattern: string): Token[] | undefined {
  try {
    return tokenize(pattern);
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

/** A class that only some series of containerd know as it is written. */
interface Gap {
  readonly problem: string;
  /** The series that answer with silence. */
  readonly versions: readonly Series[];
}

export function gapIn(tokens: readonly Token[]): Gap | undefined {
  const items = tokens.flatMap((token) => (token.kind === "[" ? token.items : []));
  const item = items.find(({ since }) => since === 2) ?? items.find(({ since }) => since === 1);
  const versions = series.slice(0, item?.since);
  return item && { problem: `containerd ${versions.join(" and ")} cannot read ${item.text} so`, versions };
}

/** What a series lacks of what a newer one knows. */
interface Dialect {
  readonly series: Series;
  /** Groups may be written `(?<n>…)`. */
  readonly angles: boolean;
}

/** Whether a server knows every construct of a pattern that a newer one knows. */
export function isKnown(pattern: string, dialect: Dialect): boolean {
  const tokens = readable(pattern) ?? [];
  const hasAngles = tokens.some(({ text }) => text.startsWith("(?<"));
  return (dialect.angles || !hasAngles) && !gapIn(tokens)?.versions.includes(dialect.series);
}
