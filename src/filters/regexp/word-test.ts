import type { Token } from "./token.js";

/**
 * The test of a pattern that only lists words, as `absent`, `startsWith` and `oneOf` make it: `^$`, `^a`, `^(?:a|b)$`.
 *
 * Strings do that faster than a regexp engine, however long the words are.
 */
export function wordTest(tokens: readonly Token[]): ((text: string) => boolean) | undefined {
  if (tokens[0]?.text !== "^") return undefined;
  const isToEnd = tokens.at(-1)?.text === "$";
  const isGroup = isToEnd && tokens[1]?.text === "(?:" && tokens.at(-2)?.kind === ")";
  const words = wordsIn(isGroup ? tokens.slice(2, -2) : tokens.slice(1, isToEnd ? -1 : undefined));
  if (words === undefined || (words.length > 1 && !isGroup)) return undefined;
  const set = new Set(words);
  return isToEnd ? (text) => set.has(text) : (text) => text.startsWith(words.join());
}

function wordsIn(tokens: readonly Token[]): string[] | undefined {
  const words = [""];
  for (const token of tokens) {
    if (token.kind === "|") words.push("");
    else if (token.kind === "literal") words.push(words.pop() + token.value);
    else return undefined;
  }
  return words;
}
