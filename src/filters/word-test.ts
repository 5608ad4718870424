import { flip } from "./quote.js";
import { replacer } from "./replacer.js";

const replaceEscapes = replacer(/\\[!-/:-@[-`{-~]/g);
const replaceFlipped = replacer(/[\udc00-\udc7f]/gu);
const text = "([^\\\\^$.?*+()[{|]*)";
const shape = new RegExp(`^(?:\\^\\(\\?:${text.replace("|", "")}\\)\\$|\\^${text}\\$|\\^${text})$`);

/**
 * The test of a pattern that only lists words, as `absent`, `startsWith` and `oneOf` make it: `^$`, `^a`, `^(?:a|b)$`.
 *
 * Strings do that faster than a regexp engine, however long the words are.
 */
export function wordTest(pattern: string): ((text: string) => boolean) | undefined {
  const literal = replaceEscapes(pattern, flipLast); // what is escaped is no sign any more
  const [, words, word = words, start] = shape.exec(literal) ?? [];
  const read = (text: string) => replaceFlipped(text, flipLast);
  if (word !== undefined) {
    const set = new Set(word.split("|").map(read));
    return (text) => set.has(text);
  }
  if (start === undefined) return undefined;
  const plain = read(start);
  return (text) => text.startsWith(plain);
}

function flipLast(text: string): string {
  return flip(text.charCodeAt(text.length - 1));
}
