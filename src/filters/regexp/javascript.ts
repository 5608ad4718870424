import { tokenize } from "./tokenize.js";

/** The pattern of a `RegExp` for Go, with the flags that both have. */
export function goPattern({ source, flags }: RegExp): string {
  const shared = flags.replace(/[^ims]/g, "");
  if (source === "(?:)") return ""; // how JavaScript writes the empty one
  return shared === "" ? source : `(?${shared})${source}`;
}

/**
 * Tokens that find the same in both dialects, whatever the text.
 *
 * JavaScript's `.` and its `\s` know more ends of lines and more white space. It reads a count of `{01}`, a `-` after
 * `\w` and an empty class in another way. Without the flag u it sees halves of characters, which complements find,
 * and ranges beyond them.
 */
const shared =
  /^(?!\.|\[[\]^]|\(\?[^:<]|\{$|\[.*(?:\[:|\\[dw]-[^\]]|-[\ud800-\uffff]))(?:[^\\\ud800-\udfff]|\\(?:[bdfnrtvw!-/:-@[-`{-~]|x[\da-fA-F]{2}))+$/s;

/** What in a `RegExp` that Go can read may mean something else to it: a part of it, or its flags; "" for nothing. */
export function differenceOf({ source, flags }: RegExp): string {
  if (!/^[dgsu]*$/.test(flags)) return `/${flags}`; // the others fold case by other rules, and know more ends of lines
  const different = tokenize(source).find(({ text }) => !shared.test(text));
  return different?.text.replace(/^(\[\^).*/s, "$1") ?? "";
}
