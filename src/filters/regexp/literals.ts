import type { Token } from "./token.js";

/** Escapes what has a meaning in a Go regexp. */
export function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/**
 * The test of a pattern that only compares with texts: `^a`, `^a$` or `^(?:a|b)$`. `startsWith`, `absent` and `oneOf`
 * make such patterns. `undefined` for any other pattern.
 *
 * Strings do this faster than the regexp engine, however long the texts are.
 */
export function literalMatcher(tokens: readonly Token[]): ((text: string) => boolean) | undefined {
  const shape = tokens.map(({ kind, text }) => (kind === "literal" ? "a" : text)).join("");
  if (!/^\^(?:a*\$?|\(\?:[a|]*\)\$)$/.test(shape)) return undefined;
  const texts = [""];
  for (const token of tokens) {
    if (token.kind === "literal") texts.push(texts.pop() + token.value);
    if (token.kind === "|") texts.push("");
  }
  const [start = ""] = texts;
  const known = new Set(texts);
  return shape.endsWith("$") ? (text) => known.has(text) : (text) => text.startsWith(start);
}
