import { forRe2 } from "./go-pattern.js";
import { re2Engine } from "./re2-engine.js";
import { shorten } from "./shorten.js";
import { wordTest } from "./word-test.js";

/** A regexp as Go would run it; one with a problem matches nothing, as on the server. */
export interface Regexp {
  /** Why the server answers with silence, if it does. */
  readonly problem?: string | undefined;
  /** Whether the pattern is found anywhere in the text, in time linear in the text. */
  test(text: string): boolean;
}

/** Compiles a pattern in Go's dialect; it never throws on a bad one. */
export function compileRegexp(pattern: string): Regexp {
  if (!pattern.isWellFormed()) return silent("not UTF-8");
  const test = wordTest(pattern);
  if (test !== undefined) return { test };
  const { RE2JS, RE2JSSyntaxException } = re2Engine();
  try {
    return new RE2JS(forRe2(pattern));
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return silent(explain(pattern) ?? shorten(error.message));
    throw error;
  }
}

function silent(problem: string): Regexp {
  return { problem, test: () => false };
}

/** Names what the pattern may have been refused for, where the engine's own words do not. */
function explain(pattern: string): string | undefined {
  if (/\(\?<?[=!]/.test(pattern)) return "RE2 has no look-around";
  return /\\[1-9k]/.test(pattern) ? "RE2 has no back-references" : undefined;
}
