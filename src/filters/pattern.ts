import { goPattern, translateRegExp } from "./js-regexp.js";
import { tokenize } from "./pattern-tokens.js";
import { compileRegexp } from "./re2.js";
import { checkText, refuse } from "./rule.js";
import { shorten } from "./shorten.js";
import { isRecentProperty } from "./unicode-property.js";

/** Reads what a user gave as a regexp into the pattern that is sent, or refuses it. */
export function readPattern(path: string, input: unknown): string {
  const pattern = isRegExp(input) ? readRegExp(path, input) : checkText(path, input, ": use present(), or all");
  const problem = problemOfPattern(pattern);
  if (problem !== undefined) refuse(path, `must be a regexp of RE2: ${problem}`);
  return pattern;
}

/** Why some or all containerd versions answer a `~=` with silence. */
export function problemOfPattern(pattern: string): string | undefined {
  return compileRegexp(pattern).problem ?? problemOfOldServers(pattern);
}

function problemOfOldServers(pattern: string): string | undefined {
  if (!/\\[pP]/.test(pattern)) return undefined;
  for (const { kind, text } of tokenize(pattern)) {
    if (kind !== "escape" && kind !== "class") continue;
    const recent = text.match(/\\(?:[pP]\{[^}]*\}|.)/gsu)?.find(isRecentProperty);
    if (recent !== undefined) return `${recent}: servers built with Go before 1.25 do not know this name`;
  }
  return undefined;
}

function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]"; // of any realm
}

function readRegExp(path: string, regexp: RegExp): string {
  const { pattern, problem } = translateRegExp(regexp);
  if (pattern === "(?:)") refuse(path, "must not be empty: use present(), or all");
  return pattern ?? refuse(path, `must mean the same in JavaScript and in RE2: ${problem}${offer(goPattern(regexp))}`);
}

function offer(pattern: string): string {
  if (compileRegexp(pattern).problem !== undefined) return "";
  return `; if RE2's meaning will do, pass it as a string: ${JSON.stringify(shorten(pattern))}`;
}
