// All of this reads each character once, and no regular expression here has a repetition: the time is linear.

/** Where the run of characters that begins at `from` ends; `other` (with flag `g`) finds a character outside of it. */
export function endOfRun(text: string, from: number, other: RegExp): number {
  other.lastIndex = from;
  return other.exec(text)?.index ?? text.length;
}

/** Words with separators between them, such as the labels of a host or the parts of a path. */
export interface Words {
  /** Finds a character that is not of a word; with flag `g`. */
  readonly notWord: RegExp;
  /** Where the separator at `at` ends; `at` if there is none. */
  readonly separatorEnd: (text: string, at: number) => number;
}

/** What was read of {@link Words}. */
export interface WordsRead {
  readonly end: number;
  /** Whether a word is missing at the end: at the very beginning, or after a separator. */
  readonly isWordMissing: boolean;
}

/** Reads as many words as there are, from `start` on. */
export function readWords(text: string, start: number, { notWord, separatorEnd }: Words): WordsRead {
  for (let at = start; ; ) {
    const wordEnd = endOfRun(text, at, notWord);
    if (wordEnd === at) return { end: at, isWordMissing: true };
    at = separatorEnd(text, wordEnd);
    if (at === wordEnd) return { end: at, isWordMissing: false };
  }
}

const NOT_HYPHEN = /[^-]/g;

/** Where a run of hyphens that begins at `at` ends. */
export function hyphensEnd(text: string, at: number): number {
  return endOfRun(text, at, NOT_HYPHEN);
}
