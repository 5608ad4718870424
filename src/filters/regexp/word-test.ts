import type { Token } from "./token.js";

/**
 * The test of a pattern that only lists words, as `absent`, `startsWith` and `oneOf` make it: `^$`, `^a`, `^(?:a|b)$`.
 *
 * Strings do that faster than a regexp engine, however long the words are.
 */
export function wordTest([start, ...tokens]: readonly Token[]): ((text: string) => boolean) | undefined {
  const isToEnd = tokens.at(-1)?.text === "$";
  const isGroup = isToEnd && tokens[0]?.text === "(?:" && tokens.at(-2)?.kind === ")";
  const inside = isGroup ? tokens.slice(1, -2) : tokens.slice(0, isToEnd ? -1 : undefined);
  const isList = inside.every(({ kind }) => kind === "literal" || (isGroup && kind === "|"));
  if (start?.text !== "^" || !isList) return undefined;
  // No word has half of a pair, and with "u" none is found in the middle of a pair.
  const list = inside.map((token) => (token.kind === "literal" ? token.value : "\ud800")).join("");
  const words = new Set(list.split(/\ud800/u));
  return isToEnd ? (text) => words.has(text) : (text) => text.startsWith(list);
}
