import { type Cursor, peek, take } from "../cursor.js";
import { propertyOf } from "./property.js";
import { type ClassItem, type FlagChange, type Meaning, PatternError, type Token } from "./token.js";

/**
 * Reads a pattern in the dialect of Go's regexps, with the constructs of Perl.
 *
 * It goes through the pattern once, and looks at no character more than a fixed number of times. How large numbers are,
 * which names of classes there are and whether ranges go upwards is left to the engine.
 *
 * @throws PatternError for a token that no Go knows, and a repeat of a repeat
 */
export function tokenize(pattern: string): Token[] {
  const cursor = { input: pattern, at: 0 };
  const lastName = pattern.lastIndexOf(":]") - 2; // without a :] behind it, a [: is two characters
  const tokens: Token[] = [];
  const outside: string[] = []; // the flags around each group that is open
  let flags = "";
  while (cursor.at < pattern.length) {
    const start = cursor.at;
    const meaning = peek(cursor) === "[" ? readClass(cursor, lastName) : meaningOf(take(cursor, token) || fail(cursor));
    if (meaning.kind === "*" && tokens.at(-1)?.kind === "*") throw new PatternError("invalid nested repetition");
    if (meaning.kind === "(") outside.push(flags);
    if ("on" in meaning) flags = changed(flags, meaning);
    if (meaning.kind === ")") flags = outside.pop() ?? "";
    tokens.push({ ...meaning, flags, text: pattern.slice(start, cursor.at) });
  }
  return tokens;
}

function changed(flags: string, { on, off }: FlagChange): string {
  return [...new Set(flags + on)].filter((flag) => !off.includes(flag)).join("");
}

/** What a backslash starts inside of a class and outside. */
const escaped =
  /\\(?:[dDsSwWafnrtv]|[pP](?:\{[^}]*\}|[^{])|0[0-7]{0,2}|[1-7][0-7]{1,2}|x(?:[\da-fA-F]{2}|\{[\da-fA-F]+\})|[\0-/:-@[-`{-\x7f])/;
const token = optional(
  /(?:[?*+]|\{(?:0|[1-9]\d*)(?:,(?:0|[1-9]\d*)?)?\})\??/,
  escaped,
  /\\[AzbB]/,
  /\\Q[\s\S]*?(?:\\E|$)/,
  /\((?!\?)/,
  /\(\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?[:)])/,
  /[^\\^$.|?*+()[{]+/,
  /[)|.^${]/, // a { that opens no count is itself
);
const character = optional(escaped, /[^\\]/);
const name = /(?:\[:\^?[a-z]+:\])?/y;
const caret = /\^?/y;
const dash = /(?:-(?!\]))?/y;

/** Finds one of these or nothing, for {@link take}. */
function optional(...expressions: readonly RegExp[]): RegExp {
  return new RegExp(`(?:${expressions.map(({ source }) => source).join("|")})?`, "uy");
}

function meaningOf(text: string): Meaning {
  if (text === ")" || text === "|" || text === ".") return { kind: text };
  if (/^(?:[$^]|\\[AzbB])/.test(text)) return { kind: "^" };
  if (/^(?:[?*+]|\{.)/.test(text)) return { kind: "*" };
  if (text.startsWith("(")) return openOf(text);
  if (text.startsWith("\\Q")) return { kind: "literal", value: text.slice(2).replace(/\\E$/, "") };
  if (/^\\\w/.test(text) && text !== "\\_") return { kind: "[", not: false, items: [itemOf(text)] };
  return { kind: "literal", value: text.replace(/^\\/, "") };
}

function openOf(text: string): Meaning {
  const [on = "", off = ""] = text.endsWith(">") ? [] : text.slice(2, -1).split("-");
  return { kind: text.endsWith(")") ? "(?)" : "(", on, off };
}

function readClass(cursor: Cursor, lastName: number): Meaning {
  cursor.at++;
  const not = take(cursor, caret) !== "";
  const items: ClassItem[] = [];
  do
    items.push(readItem(cursor, lastName)); // a ] may be the first
  while (peek(cursor) !== "]");
  cursor.at++;
  return { kind: "[", not, items };
}

function readItem(cursor: Cursor, lastName: number): ClassItem {
  const text = take(cursor, name);
  if (text !== "") return { text };
  if (cursor.at <= lastName && cursor.input.startsWith("[:", cursor.at)) return fail(cursor);
  const first = take(cursor, character) || fail(cursor);
  if (/^\\[dswp]/i.test(first) || take(cursor, dash) === "") return itemOf(first);
  return { text: `${itemOf(first, true).text}-${itemOf(take(cursor, character) || fail(cursor), true).text}` };
}

/** A part of a class as the engine reads it. */
function itemOf(text: string, isEnd = false): ClassItem {
  if (/^\\p/i.test(text)) return propertyOf(text);
  // No text has half of a pair, and the engine would join two of them to a character.
  if (!isEnd && /^\\x\{0*d[89a-f]..\}$/i.test(text)) return { text: "\\P{Any}" };
  return { text: text === "[" ? "\\[" : text };
}

function fail({ input, at }: Cursor): never {
  const text = input.slice(at, at + 4);
  if (text === "") throw new PatternError("regexp: missing closing ]");
  if (/^(?:\\p|\[:)/i.test(text)) throw new PatternError(`invalid character class range ${text}`);
  if (/^\(\?<?[=!]/.test(text)) throw new PatternError("RE2 has no look-around");
  throw new PatternError(/^\\[1-9k]/.test(text) ? "RE2 has no back-references" : `no escape or group ${text}`);
}
