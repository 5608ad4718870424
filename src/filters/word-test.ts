const shape = /^(\^?)(?:\(\?:(.*)\)\$|(.*?)(\$?))$/s;

/**
 * The test of a pattern that is no more than a word or a list of them: `a`, and what `absent`, `startsWith` and `oneOf`
 * make, `^$`, `^a` and `^(?:a|b)$`. Strings do that faster than a regexp engine, however long the words are.
 */
export function wordTest(pattern: string): ((text: string) => boolean) | undefined {
  const [, start, list, word = "", end] = shape.exec(pattern) ?? [];
  const signs = (list ?? word).replace(/\\[!-/:-@[-`{-~]/g, "");
  if (/[\\^$.?*+()[{]/.test(signs) || (list === undefined ? signs.includes("|") || (end && !start) : !start))
    return undefined;
  const words = (list ?? word).split(/(?<=(?<!\\)(?:\\\\)*)\|/).map((text) => text.replace(/\\(.)/gs, "$1"));
  const set = new Set(words);
  if (list !== undefined || end) return (text) => set.has(text);
  return (text) => text[start ? "startsWith" : "includes"](words.join());
}
