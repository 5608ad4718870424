import { explainToken } from "./explain-pattern.js";
import { type Token, type TokenKind, tokenize } from "./pattern-tokens.js";

/** A JavaScript `RegExp` in Go's dialect, or why the two dialects would not mean the same. */
export type Translation =
  | { readonly pattern: string; readonly problem?: undefined }
  | { readonly pattern?: undefined; readonly problem: string };

/**
 * Reads a `RegExp` as a Go pattern if both dialects find it in the same texts, whatever the text.
 *
 * Where they differ, and be it for one character, that is a problem: nothing is rewritten behind the user's back.
 */
export function translateRegExp(regexp: RegExp): Translation {
  const flags = regexp.flags.replace(/[dg]/g, ""); // indices, and where the next search starts
  const problem = problemOfFlags(flags) ?? problemOfTokens(regexp.source, flags);
  return problem === undefined ? { pattern: goPattern(regexp) } : { problem };
}

/** The same characters for Go, with the flags that it has too. */
export function goPattern({ source, flags }: RegExp): string {
  const shared = flags.replace(/[^ims]/g, "");
  return shared === "" ? source : `(?${shared})${source}`;
}

function problemOfFlags(flags: string): string | undefined {
  if (flags.includes("y")) return "flag y: RE2 searches everywhere";
  if (flags.includes("v")) return "flag v: RE2 has no set notation";
  if (flags.includes("m")) return "flag m: JavaScript's lines end at \\r and U+2028 too";
  return flags.includes("i") && !flags.includes("u") ? "flag i without u: JavaScript folds fewer letters" : undefined;
}

function problemOfTokens(source: string, flags: string): string | undefined {
  for (const token of tokenize(source)) {
    const problem = problemOfToken(token, flags);
    if (problem !== undefined) return `${token.text}: ${problem}`;
  }
  return undefined;
}

const sharedEscape =
  /^\\(?:[dDwWbBtnrfv!-/:-@[-`{-~]|x[\da-fA-F]{2}|[pP]\{(?:L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)\})$/;
const sharedClass = /^\[\^?(?!\])(?:[^\\[\]]|\[(?!:)|\\(?:[dDwWtnrfv!-/:-@[-`{-~]|x[\da-fA-F]{2}))+\]$/u;
const sharedGroup = /^\((?:\?:|\?<\w+>)?$/;
const sharedRepeat = /^(?!\{0\d|.*,0\d)/;
const complement = /^\[\^|\\[DWBP]/;

/** Tokens not listed here are literals, which mean the same, and bars and closing parentheses. */
const sharedForms: Partial<Record<TokenKind, RegExp>> = {
  escape: sharedEscape,
  class: sharedClass,
  open: sharedGroup,
  repeat: sharedRepeat,
  quote: /^$/,
  broken: /^$/,
};

function problemOfToken(token: Token, flags: string): string | undefined {
  const { kind, text } = token;
  const unicode = flags.includes("u");
  if (sharedForms[kind]?.test(text) === false) return explainToken(token) ?? "JavaScript and RE2 read it differently";
  if (text === "." && flags !== "su" && flags !== "isu")
    return "it leaves out \\r and U+2028 too, unless the flags are su";
  if (!unicode && needsUnicode(kind, text)) return "without the flag u, JavaScript matches halves of characters";
  const depends = kind === "class" || kind === "escape";
  if (flags.includes("i") && depends && /\\[wWbBpP]/.test(text)) return "with the flag i the two differ";
  return undefined;
}

function needsUnicode(kind: TokenKind, text: string): boolean {
  if (kind === "class" || kind === "escape") return complement.test(text) || /\\[pP]|[^\0-\uffff]/u.test(text);
  return /[^\0-\uffff]/u.test(text);
}
