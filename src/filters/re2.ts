import { RE2JS, RE2JSSyntaxException } from "@bufbuild/re2";
import { balancePattern } from "./balance-pattern.js";
import { explainPattern } from "./explain-pattern.js";
import { literalSearch } from "./literal-search.js";
import { shorten } from "./shorten.js";

/** A regexp as Go would run it; one with a problem matches nothing, as on the server. */
export interface Regexp {
  /** Why the server answers with silence, if it does. */
  readonly problem: string | undefined;
  /** Whether the pattern is found anywhere in the text, in time linear in the text. */
  test(text: string): boolean;
}

/** Compiles a pattern in Go's dialect; it never throws on a bad one. */
export function compileRegexp(pattern: string): Regexp {
  if (!pattern.isWellFormed()) return silent("it is not UTF-8");
  try {
    return { problem: undefined, test: literalSearch(pattern) ?? searcher(balancePattern(pattern)) };
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return silent(explainPattern(pattern) ?? describe(error));
    throw error;
  }
}

function describe({ error, input }: RE2JSSyntaxException): string {
  return input ? `${error} ${shorten(input)}` : error;
}

function searcher(pattern: string): (text: string) => boolean {
  const re2 = new RE2JS(pattern);
  return (text) => re2.test(text);
}

function silent(problem: string): Regexp {
  return { problem, test: () => false };
}
