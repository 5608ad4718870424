/** What a piece of a Go regexp is; `broken` is the rest of a pattern that no Go version accepts. */
export type TokenKind =
  | "literal" // characters that stand for themselves
  | "quote" // \Q…\E
  | "escape" // \d \. \x{1F600} \pL
  | "class" // […]
  | "sign" // ^ $ .
  | "repeat" // * + ? {1,2}, with the ? that makes it lazy
  | "open" // ( (?: (?i: (?P<n>
  | "flags" // (?i)
  | "bar"
  | "close"
  | "broken";

export interface Token {
  readonly kind: TokenKind;
  /** Exactly as in the pattern. */
  readonly text: string;
}

const literal = /[^\\^$.|?*+()[{]{1,64}/uy;
const repeat = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y;
const flags = /\(\?[a-zA-Z-]*\)/y;
const open = /\((?:\?(?:<?[=!]|P?<[^>]*>?|[a-zA-Z-]*:|.{0,2}))?/suy;
const escaped = /\\(?:[pP](?:\{[^}]*\}?|.?)|x(?:\{[^}]*\}?|.{0,2})|[0-7]{1,3}|.)?/suy;

/** Splits a pattern into tokens whose texts together are the pattern. */
export function* tokenize(pattern: string): Generator<Token> {
  const lastPosix = pattern.lastIndexOf(":]");
  for (let at = 0; at < pattern.length; ) {
    const token = readToken(pattern, at, lastPosix);
    yield token;
    at += token.text.length;
  }
}

function readToken(pattern: string, at: number, lastPosix: number): Token {
  switch (pattern[at]) {
    case "\\":
      return pattern[at + 1] === "Q" ? readQuote(pattern, at) : { kind: "escape", text: match(escaped, pattern, at) };
    case "[":
      return readClass(pattern, at, lastPosix);
    case "(": {
      const text = match(flags, pattern, at);
      return text === "" ? { kind: "open", text: match(open, pattern, at) } : { kind: "flags", text };
    }
    case ")":
      return { kind: "close", text: ")" };
    case "|":
      return { kind: "bar", text: "|" };
    case "^":
    case "$":
    case ".":
      return { kind: "sign", text: pattern.charAt(at) };
    default:
      return readCharacters(pattern, at);
  }
}

function readCharacters(pattern: string, at: number): Token {
  const operator = match(repeat, pattern, at);
  if (operator !== "") return { kind: "repeat", text: operator };
  return { kind: "literal", text: match(literal, pattern, at) || "{" }; // a { that opens no count is itself
}

function readQuote(pattern: string, at: number): Token {
  const end = pattern.indexOf("\\E", at + 2);
  return { kind: "quote", text: pattern.slice(at, end < 0 ? undefined : end + 2) };
}

function readClass(pattern: string, start: number, lastPosix: number): Token {
  let at = pattern[start + 1] === "^" ? start + 2 : start + 1;
  for (let first = true; first || pattern[at] !== "]"; first = false) {
    if (at >= pattern.length) return { kind: "broken", text: pattern.slice(start) };
    at = skipClassItem(pattern, at, lastPosix);
  }
  return { kind: "class", text: pattern.slice(start, at + 1) };
}

function skipClassItem(pattern: string, at: number, lastPosix: number): number {
  if (pattern.startsWith("[:", at) && at + 2 <= lastPosix) return pattern.indexOf(":]", at + 2) + 2;
  const end = at + match(classChar, pattern, at).length;
  if (namedClass.test(pattern.slice(at, at + 2))) return end;
  const isRange = pattern[end] === "-" && end + 1 < pattern.length && pattern[end + 1] !== "]";
  return isRange ? end + 1 + match(classChar, pattern, end + 1).length : end;
}

const classChar = new RegExp(`${escaped.source}|.`, "suy");
const namedClass = /^\\[pPdDsSwW]/;

function match(expression: RegExp, text: string, at: number): string {
  expression.lastIndex = at;
  return expression.exec(text)?.[0] ?? "";
}
