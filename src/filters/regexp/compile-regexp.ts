import { dialectProblem, type Problem } from "./dialect.js";
import { literalMatcher } from "./literals.js";
import { readPattern } from "./pattern-error.js";
import { re2Engine } from "./re2-engine.js";
import { toRe2 } from "./to-re2.js";
import type { Token } from "./token.js";
import { tokenize } from "./tokenize.js";

/** A regexp as the newest Go runs it. One that Go cannot read matches nothing, as on the server. */
export interface Regexp extends Problem {
  /** Whether the pattern is found anywhere in the text, in time linear in the text. */
  readonly test: (text: string) => boolean;
}

/** Compiles a pattern in Go's dialect. It does not throw on a bad one, but says what is wrong with it. */
export function compileRegexp(pattern: string): Regexp {
  if (!pattern.isWellFormed()) return unreadable("not UTF-8");
  return readPattern(() => {
    const tokens = tokenize(pattern);
    return { ...dialectProblem(tokens), test: literalMatcher(tokens) ?? engineMatcher(tokens) };
  }, unreadable);
}

function engineMatcher(tokens: readonly Token[]): (text: string) => boolean {
  const regexp = new (re2Engine().RE2JS)(toRe2(tokens));
  return (text) => regexp.test(text.toWellFormed()); // to Go, a byte that is not UTF-8 is U+FFFD
}

function unreadable(problem: string): Regexp {
  return { problem, test: () => false };
}
