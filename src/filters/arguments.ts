import { refuse, shorten } from "./errors.js";
import { compileRegexp } from "./regexp/compile-regexp.js";
import { differenceOf, goPattern, isRegExp } from "./regexp/javascript.js";

/** Refuses a text that no name, digest, label or annotation can be; `instead` says what there is for the empty one. */
export function checkText(path: string, text: unknown, instead = ": see present(), absent()"): string {
  if (typeof text !== "string") return refuse(path, "must be a string");
  if (text === "") return refuse(path, `must not be empty${instead}`);
  return text.isWellFormed() ? text : refuse(path, "must not have a lone surrogate");
}

/**
 * Turns a string or a `RegExp` into the pattern that is sent. It refuses one that the server would read differently.
 */
export function checkPattern(path: string, argument: unknown): string {
  const regexp = isRegExp(argument) ? argument : undefined;
  const pattern = checkText(path, regexp ? goPattern(regexp) : argument);
  const { problem } = compileRegexp(pattern);
  if (problem) refuse(path, `must be a regexp of RE2: ${problem}`);
  const difference = regexp && shorten(differenceOf(regexp));
  if (!difference) return pattern;
  return refuse(path, `${difference} differs in RE2; pass a string: ${JSON.stringify(shorten(pattern))}`);
}
