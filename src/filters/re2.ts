import { re2Engine } from "./re2-engine.js";
import { gapIn } from "./regexp/dialect.js";
import { enginePattern } from "./regexp/engine-pattern.js";
import type { Series } from "./regexp/property.js";
import { PatternError, type Token } from "./regexp/token.js";
import { tokenize } from "./regexp/tokenize.js";
import { wordTest } from "./regexp/word-test.js";
import { shorten } from "./shorten.js";

/** A regexp as the newest Go would run it; one that it cannot read matches nothing, as on the server. */
export interface Regexp {
  /** Why servers answer with silence, if any do. */
  readonly problem?: string | undefined;
  /** The series that do; all of them where it is left out. */
  readonly versions?: readonly Series[] | undefined;
  /** Whether the pattern is found anywhere in the text, in time linear in the text. */
  test(text: string): boolean;
}

/** Compiles a pattern in Go's dialect; it never throws on a bad one. */
export function compileRegexp(pattern: string): Regexp {
  if (!pattern.isWellFormed()) return silent("not UTF-8");
  try {
    const tokens = tokenize(pattern);
    return { ...gapIn(tokens), test: wordTest(tokens) ?? engineTest(tokens) };
  } catch (error) {
    if (error instanceof PatternError) return silent(error.message);
    throw error;
  }
}

function engineTest(tokens: readonly Token[]): (text: string) => boolean {
  const { RE2JS, RE2JSSyntaxException } = re2Engine();
  const pattern = enginePattern(tokens);
  try {
    const regexp = new RE2JS(pattern);
    return (text) => regexp.test(text);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) throw new PatternError(shorten(error.message));
    throw error;
  }
}

function silent(problem: string): Regexp {
  return { problem, test: () => false };
}
