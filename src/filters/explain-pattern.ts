import { type Token, tokenize } from "./pattern-tokens.js";

const explanations: readonly (readonly [RegExp, string])[] = [
  [/^\(\?<?[=!]/, "RE2 has no look-ahead and no look-behind"],
  [/^\\(?:[89k]|[1-7]$)/, "RE2 has no back-references"],
  [/^\(\?>/, "RE2 has no atomic groups"],
  [/^\(\?(?![imsU]*(?:-[imsU]+)?[:)])[a-zA-Z-]*[:)]$/, "RE2 has no flags but i, m, s and U"],
  [/^\\u/, "RE2 writes a code point as \\x{1F600}"],
  [/^\\(?![aAbBdDfnpPQrsStvwWxz])[a-zA-Z]/, "RE2 does not have this escape"],
];

/** What RE2 lacks for a pattern that it refuses, where a token tells; the token comes first. */
export function explainPattern(pattern: string): string | undefined {
  let last = "";
  for (const token of tokenize(pattern)) {
    const reason = explainToken(token) ?? (token.kind === "repeat" ? possessive(last) : undefined);
    if (reason !== undefined) return `${token.text}: ${reason}`;
    last = token.kind;
  }
  return undefined;
}

export function explainToken({ kind, text }: Token): string | undefined {
  if (kind === "class" || kind === "quote") return undefined;
  return explanations.find(([expression]) => expression.test(text))?.[1];
}

function possessive(last: string): string | undefined {
  return last === "repeat" ? "RE2 repeats no repeat and has no possessive ones" : undefined;
}
