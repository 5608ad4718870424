import { compileRegexp } from "./re2.js";
import { differenceOf, goPattern } from "./regexp/javascript.js";
import { checkText, refuse } from "./rule.js";
import { shorten } from "./shorten.js";

/** Reads what a user gave as a regexp into the pattern that is sent, or refuses it. */
export function readPattern(path: string, input: string | RegExp): string {
  const regexp = isRegExp(input) && input;
  const pattern = checkText(path, regexp ? goPattern(regexp) : input);
  const { problem } = compileRegexp(pattern);
  if (problem) refuse(path, `must be a regexp of RE2: ${problem}`);
  const difference = regexp && shorten(differenceOf(regexp));
  if (!difference) return pattern;
  return refuse(path, `${difference} differs in RE2; pass a string: ${JSON.stringify(shorten(pattern))}`);
}

// Of any realm, and whatever it says of itself: the getter throws for all else, also for a proxy that was revoked.
function isRegExp(value: unknown): value is RegExp {
  try {
    return typeof Reflect.get(RegExp.prototype, "source", value) === "string";
  } catch {
    return false;
  }
}
