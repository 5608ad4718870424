import { type Cursor, take } from "../cursor.js";
import { failPattern } from "./pattern-error.js";
import { propertyOf } from "./property.js";
import type { ClassItem, FlagChange, Meaning, Token } from "./token.js";

interface PatternCursor extends Cursor {
  /** Where the last name such as `[:alpha:]` can begin: after it, `[:` is two characters. */
  readonly lastNameAt: number;
}

/**
 * Reads a pattern in the dialect of Go's regexps, which has the constructs of Perl.
 *
 * It goes through the pattern once, and looks at no character more than a fixed number of times. The engine checks
 * later how large numbers are, which classes there are, and whether ranges go upwards.
 *
 * @throws SyntaxError for a token that no Go knows, and for a repeat of a repeat
 */
export function tokenize(pattern: string): Token[] {
  const cursor = { input: pattern, at: 0, lastNameAt: pattern.lastIndexOf(":]") - 2 };
  const tokens: Token[] = [];
  const outerFlags: string[] = []; // of each group that is open
  let flags = "";
  while (cursor.at < pattern.length) {
    const start = cursor.at;
    const meaning = readMeaning(cursor);
    if (meaning.kind === "*" && tokens.at(-1)?.kind === "*") failPattern("invalid nested repetition");
    if (meaning.kind === "(") outerFlags.push(flags);
    if ("on" in meaning) flags = changeFlags(flags, meaning);
    if (meaning.kind === ")") flags = outerFlags.pop() ?? "";
    tokens.push({ ...meaning, flags, text: pattern.slice(start, cursor.at) });
  }
  return tokens;
}

function changeFlags(flags: string, { on, off }: FlagChange): string {
  return [...new Set(flags + on)].filter((flag) => !off.includes(flag)).join("");
}

/** An escape that stands for a class, or for a character by its letter or code. */
const LETTER_ESCAPE =
  /\\(?:[dDsSwWafnrtv]|[pP](?:\{[^}]*\}|[^{])|0[0-7]{0,2}|[1-7][0-7]{1,2}|x(?:[\da-fA-F]{2}|\{[\da-fA-F]+\}))/uy;
/** An escape that stands for the character after the backslash. */
const SIGN_ESCAPE = /\\[\0-/:-@[-`{-\x7f]/uy;

/** The tokens, with how each is read; of a class, how it opens. */
const GRAMMAR: readonly (readonly [expression: RegExp, meaningOf: (text: string, cursor: PatternCursor) => Meaning])[] =
  [
    [/(?:[?*+]|\{(?:0|[1-9]\d*)(?:,(?:0|[1-9]\d*)?)?\})\??/y, () => ({ kind: "*" })],
    [/[^\\^$.|?*+()[{]+|\{/uy, literal], // a { that opens no count is itself
    [/[|.)]/y, (sign) => ({ kind: sign as "|" | "." | ")" })], // as the expression says
    [/[$^]|\\[AzbB]/y, () => ({ kind: "^" })],
    [/\[\^?/y, readClass],
    [/\((?!\?)/y, openingOf],
    [/\(\?(?:P?<\w+>|[imsU]*(?:-[imsU]+)?[:)])/y, openingOf],
    [/\\Q.*?(?:\\E|$)/sy, (text) => literal(text.slice(2).replace(/\\E$/, ""))],
    [LETTER_ESCAPE, (text) => ({ kind: "[", not: false, items: [itemOf(text)] })],
    [SIGN_ESCAPE, (text) => literal(text.slice(1))],
  ];

function literal(value: string): Meaning {
  return { kind: "literal", value };
}

/** The start of a group, with its flags, or flags alone: `(?i)`. */
function openingOf(text: string): Meaning {
  const [on = "", off = ""] = text.endsWith(">") ? [] : text.slice(2, -1).split("-");
  return { kind: text.endsWith(")") ? "(?)" : "(", on, off };
}

function readMeaning(cursor: PatternCursor): Meaning {
  for (const [expression, meaningOf] of GRAMMAR) {
    const text = take(cursor, expression);
    if (text) return meaningOf(text, cursor);
  }
  return failToken(cursor);
}

const POSIX_NAME = /\[:\^?[a-z]+:\]/y;
const DASH = /-(?!\])/y;
const CHARACTER = /[^\\]/uy;

function readClass(open: string, cursor: PatternCursor): Meaning {
  const items = [readItem(cursor)]; // a ] may be the first
  while (!take(cursor, /\]/y)) items.push(readItem(cursor));
  return { kind: "[", not: open === "[^", items };
}

function readItem(cursor: PatternCursor): ClassItem {
  const name = take(cursor, POSIX_NAME);
  if (name) return { text: name };
  if (cursor.at <= cursor.lastNameAt && cursor.input.startsWith("[:", cursor.at)) failToken(cursor);
  const first = readCharacter(cursor);
  if (/^\\[dswp]/i.test(first) || !take(cursor, DASH)) return itemOf(first);
  return { text: `${first}-${readCharacter(cursor)}` };
}

function readCharacter(cursor: Cursor): string {
  const text = take(cursor, LETTER_ESCAPE) || take(cursor, SIGN_ESCAPE) || take(cursor, CHARACTER) || failToken(cursor);
  return text === "[" ? "\\[" : text; // without the backslash, the engine could read it as part of [:alpha:]
}

function itemOf(text: string): ClassItem {
  if (/^\\p/i.test(text)) return propertyOf(text);
  // Half of a surrogate pair is in no text. The engine would join two halves to a character, so this matches nothing.
  return { text: /^\\x\{0*d[89a-f]..\}/i.test(text) ? "\\P{Any}" : text };
}

function failToken({ input, at }: Cursor): never {
  const text = input.slice(at, at + 4);
  if (text === "") failPattern("regexp: missing closing ]");
  if (/^(?:\\p|\[:)/i.test(text)) failPattern(`invalid character class range ${text}`);
  if (/^\(\?<?[=!]/.test(text)) failPattern("RE2 has no look-around");
  return failPattern(/^\\[1-9k]/.test(text) ? "RE2 has no back-references" : `no escape or group ${text}`);
}
