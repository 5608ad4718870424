import { tokenize } from "./tokenize.js";

/** Whether a value is a `RegExp`, of any realm. The getter throws for everything else, even for a revoked proxy. */
export function isRegExp(value: unknown): value is RegExp {
  try {
    return typeof Reflect.get(RegExp.prototype, "source", value) === "string";
  } catch {
    return false;
  }
}

/** The pattern of a `RegExp` for Go, with the flags that both dialects have. */
export function goPattern({ source, flags }: RegExp): string {
  const common = flags.replace(/[^ims]/g, "");
  if (source === "(?:)") return ""; // JavaScript's way to write the empty one
  return (common && `(?${common})`) + source;
}

/**
 * How a token begins that the two dialects read differently, at least in some texts:
 * - `.`, because JavaScript knows more ends of lines;
 * - a `{` that opens no count in Go; in JavaScript, `{01}` is one;
 * - flags;
 * - `[]`, which is empty in JavaScript, and a complement, which finds half of a surrogate pair without the flag u;
 * - a class with `[:alpha:]` in it, with a `-` after `\w`, or with a range that the flag u changes.
 */
const DIFFERENT = /^(?:\.|\{$|\(\?[^:<]|\[(?:[\]^]|.*(?:\[:|\\[dw]-[^\]]|-[\ud800-\uffff])))/s;

/** Characters and escapes that mean the same in both dialects. */
const SAME = /^(?:[^\\\ud800-\udfff]|\\(?:[bdfnrtvw!-/:-@[-`{-~]|x[\da-fA-F]{2}))+$/s;

/** What may not find the same in Go as in JavaScript: the flags, or part of the pattern; "" if nothing does. */
export function differenceOf({ source, flags }: RegExp): string {
  if (!/^[dgsu]*$/.test(flags)) return `/${flags}`; // i, m and v have other rules in Go, and y has no counterpart
  const different = tokenize(source).find(({ text }) => DIFFERENT.test(text) || !SAME.test(text));
  return different?.text.replace(/^(\[\^).*/s, "$1") ?? "";
}
