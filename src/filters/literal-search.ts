import { type Token, tokenize } from "./pattern-tokens.js";

/**
 * Searches as the pattern does if it only lists words, as `absent`, `startsWith` and `oneOf` make it: `^$`, `^a`,
 * `^(?:a|b)$`, `a|b`. Strings do that faster than a regexp engine, however long the words are.
 */
export function literalSearch(pattern: string): ((text: string) => boolean) | undefined {
  const words = [""];
  let shape = "";
  let last = "";
  for (const token of tokenize(pattern)) {
    const mark = markOf(token);
    if (mark === undefined) return undefined;
    if (mark === "|") words.push("");
    if (mark === "w") words.push(`${words.pop()}${token.text.replace(/^\\/, "")}`);
    if (mark !== "w" || last !== "w") shape += mark;
    last = mark;
  }
  return shapes.test(shape) ? searchFor(words, shape.startsWith("^"), shape.endsWith("$")) : undefined;
}

const shapes = /^\^?(?:w?|\(w?(?:\|w?)*\))\$?$|^w?(?:\|w?)*$/; // "w" is a word

function markOf({ kind, text }: Token): string | undefined {
  if (kind === "literal" || (kind === "escape" && /^\\[!-/:-@[-`{-~]$/.test(text))) return "w";
  if (kind === "open") return text === "(?:" || text === "(" ? "(" : undefined;
  return kind === "bar" || kind === "close" || text === "^" || text === "$" ? text : undefined;
}

function searchFor(words: readonly string[], fromStart: boolean, toEnd: boolean): (text: string) => boolean {
  if (fromStart && toEnd) {
    const set = new Set(words);
    return (text) => set.has(text);
  }
  if (fromStart) return (text) => words.some((word) => text.startsWith(word));
  if (toEnd) return (text) => words.some((word) => text.endsWith(word));
  return (text) => words.some((word) => text.includes(word));
}
