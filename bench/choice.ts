/** Which measurements to make. */
export class Choice {
  readonly #words: readonly string[];

  /** Those that have one of the words in their title, and all if there are no words. A word in no title is an error. */
  constructor(words: readonly string[], titles: readonly string[]) {
    const unknown = words.find((word) => !titles.some((title) => contains(title, word)));
    if (unknown !== undefined) throw new Error(`no measurement is called "${unknown}": ${titles.join("; ")}`);
    this.#words = words;
  }

  has(title: string): boolean {
    return this.#words.length === 0 || this.#words.some((word) => contains(title, word));
  }
}

function contains(title: string, word: string): boolean {
  return title.toLowerCase().includes(word.toLowerCase());
}
