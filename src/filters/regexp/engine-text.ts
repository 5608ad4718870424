import type { Token } from "./token.js";

/** Escapes what has a meaning in a Go regexp. */
export function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}

/** What matches by itself, for the engine, with its flags. A repeat after it repeats the last of the texts. */
export function engineTexts(token: Token): string[] {
  const withFlag = (flag: string, text: string) => (token.flags.includes(flag) ? `(?${flag}:${text})` : text);
  if (token.kind === "literal") {
    const parts = token.value.match(/.{1,64}(?=.)|./gsu) ?? []; // the last character is one of its own
    return parts.map((part) => withFlag("i", escapeRegexp(part)) + (part.length < 64 ? "" : end));
  }
  if (token.kind !== "[") return [withFlag(token.kind === "." ? "s" : "m", token.text)];
  const items = new Set(token.items.map(({ text }) => text));
  return [withFlag("i", `[${token.not ? "^" : ""}${[...items].join("")}]`)];
}

/** Nothing; but the engine copies a literal with each character that it adds, up to here. */
const end = "(?:)";

/** Joins texts, in groups if they are many: where a group ends, the engine copies all that stands before it. */
export function joined(texts: readonly string[], separator = ""): string {
  if (texts.length <= 64) return texts.join(separator);
  const starts = texts.flatMap((_, at) => (at % 64 === 0 ? at : []));
  const groups = starts.map((at) => `(?:${texts.slice(at, at + 64).join(separator)})`);
  return joined(groups, separator);
}
