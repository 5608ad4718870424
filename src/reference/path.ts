import { failAt } from "./errors.js";
import { hyphensEnd, readWords, type Words } from "./scan.js";

const MAX_PATH_LENGTH = 255;

const PATH: Words = {
  notWord: /[^a-z0-9]/g,
  separatorEnd: (text, at) => {
    if (text[at] === "." || text[at] === "/") return at + 1;
    if (text[at] === "_") return text[at + 1] === "_" ? at + 2 : at + 1;
    return hyphensEnd(text, at);
  },
};

/** Whether a path begins at the beginning of the text and does not end before `length`. */
export function isPathUpTo(text: string, length: number): boolean {
  return readWords(text, 0, PATH).end >= length;
}

/**
 * Reads a path and gives its end, where a tag, a digest or nothing follows. `prefixLength` counts towards its length.
 */
export function readPath(text: string, start: number, prefixLength: number): number {
  const { end, isWordMissing } = readWords(text, start, PATH);
  const isEnd = end === text.length || text[end] === ":" || text[end] === "@";
  if (isWordMissing || !isEnd) failAt(text, end, reasonAt(text[end] ?? "", isWordMissing));
  const limit = start + MAX_PATH_LENGTH - prefixLength;
  if (end > limit) failAt(text, limit, `the name without the registry has at most ${MAX_PATH_LENGTH} characters`);
  return end;
}

function reasonAt(character: string, isWordMissing: boolean): string {
  if (/[A-Z]/.test(character)) return "upper case may stand in a registry or a tag only";
  if (isWordMissing) return "a lower case letter or a digit has to stand here";
  return 'a name has lower case letters and digits, and one of ".", "_", "__", "/" or hyphens between them';
}
