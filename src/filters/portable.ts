import { tokenize } from "./pattern-tokens.js";

/**
 * The pattern as every Go reads it: `(?<n>…)` becomes `(?P<n>…)`.
 *
 * Go before 1.22, and with it containerd 1.6, takes the first form for an error and so answers with silence.
 */
export function portable(pattern: string): string {
  if (!pattern.includes("(?<")) return pattern;
  return Array.from(tokenize(pattern), ({ kind, text }) =>
    kind === "open" ? text.replace(/^\(\?<(?![=!])/, "(?P<") : text,
  ).join("");
}
