import { failAt } from "./errors.js";
import { endOfRun } from "./scan.js";

const MAX_TAG_LENGTH = 128;
const NOT_TAG = /[^\w.-]/g;

/** Reads a tag and gives its end, where a digest or nothing follows. */
export function readTag(text: string, start: number): number {
  const end = endOfRun(text, start, NOT_TAG);
  if (end === start || text[start] === "." || text[start] === "-")
    failAt(text, start, "a tag begins with a letter, a digit or _");
  if (end < text.length && text[end] !== "@") failAt(text, end, "a tag has letters, digits, _, dots and hyphens");
  if (end - start > MAX_TAG_LENGTH)
    failAt(text, start + MAX_TAG_LENGTH, `a tag has at most ${MAX_TAG_LENGTH} characters`);
  return end;
}
