import type { Token } from "./token.js";

/** Escapes what has a meaning in a Go regexp. */
export function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/**
 * The test of a pattern that only compares with texts: `^a`, `^a$` or `^(?:a|b)$`. `startsWith`, `absent` and `oneOf` make
 * such patterns. `undefined` for any other pattern.
 *
 * Strings do this faster than the regexp engine, however long the texts are.
 */
export function literalMatcher(tokens: readonly Token[]): ((text: string) => boolean) | undefined {
  const shape = tokens.map(({ kind, text }) => (kind === "literal" ? "a" : text)).join("");
  if (!/^\^(?:a*\$?|\(\?:[a|]*\)\$)$/.test(shape)) return undefined;
  const texts = alternatives(tokens);
  const [start = ""] = texts;
  return shape.endsWith("$") ? (text) => texts.has(text) : (text) => text.startsWith(start);
}

/** The texts between the `|` of a pattern. */
function alternatives(tokens: readonly Token[]): Set<string> {
  const texts = new Set<string>();
  let text = "";
  for (const token of tokens) {
    if (token.kind === "literal") text += token.value;
    if (token.kind !== "|") continue;
    texts.add(text);
    text = "";
  }
  return texts.add(text);
}
