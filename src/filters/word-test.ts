import { flip } from "./quote.js";

const text = "([^\\\\^$.?*+()[{|]*)";
const shape = new RegExp(`^(?:\\^\\(\\?:${text.replace("|", "")}\\)\\$|\\^${text}\\$|\\^${text})$`);

/**
 * The test of a pattern that only lists words, as `absent`, `startsWith` and `oneOf` make it: `^$`, `^a`, `^(?:a|b)$`.
 *
 * Strings do that faster than a regexp engine, however long the words are.
 */
export function wordTest(pattern: string): ((text: string) => boolean) | undefined {
  const literal = pattern.replace(/(?:\\[!-/:-@[-`{-~]){1,64}/g, flipAll); // what is escaped is no sign any more
  const [, words, word = words, start] = shape.exec(literal) ?? [];
  const read = (text: string) => text.replace(/[\udc00-\udc7f]{1,64}/gu, flipAll);
  if (word !== undefined) {
    const set = new Set(word.split("|").map(read));
    return (text) => set.has(text);
  }
  if (start === undefined) return undefined;
  const plain = read(start);
  return (text) => text.startsWith(plain);
}

// Some at a time: see unquote.
function flipAll(run: string): string {
  return run.replace(/\\?(.)/gsu, (_, char: string) => flip(char.charCodeAt(0)));
}
