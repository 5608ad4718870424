import { expansionCost } from "./cost.js";
import { escapeRegexp } from "./literals.js";
import { failPattern } from "./pattern-error.js";
import type { CharacterClass, Token } from "./token.js";

/**
 * How many instructions a pattern may become beyond what is written. The engine takes half a second to make so many.
 */
const MAX_COST = 250_000;
/** Go's limit. It is checked here because the engine takes long to find it. */
const MAX_HEIGHT = 1000;
/** How many texts, or characters of one, are joined without a group: the engine copies all that is in a group. */
const MAX_JOINED = 64;

/** A group that is being read, or the whole pattern. */
interface Group {
  readonly isCapture: boolean;
  readonly branches: string[];
  /** The texts of the last branch. */
  parts: string[];
  /** The height of Go's syntax tree, at least. */
  height: number;
}

/**
 * Writes a pattern for the engine: with the same meaning, in a form that the engine reads in linear time.
 *
 * @throws SyntaxError for what Go refuses and the engine does not, and for what would take the engine too long
 */
export function toRe2(tokens: readonly Token[]): string {
  const kept = tokens.filter((token) => !isEmpty(token)); // a repeat would repeat the empty token
  return expansionCost(kept) > MAX_COST ? failPattern("too large") : assemble(kept);
}

function isEmpty(token: Token): boolean {
  return token.kind === "(?)" || (token.kind === "literal" && token.value === "");
}

function assemble(tokens: readonly Token[]): string {
  const outer: Group[] = [];
  let group = openGroup(false);
  for (const [at, token] of tokens.entries()) {
    switch (token.kind) {
      case "(":
        outer.push(group);
        group = openGroup(!token.text.endsWith(":"));
        break;
      case ")":
        group = closeGroup(group, outer.pop() ?? failPattern("unexpected )"), tokens[at + 1]?.kind);
        break;
      case "|":
        group.branches.push(join(group.parts));
        group.parts = [];
        break;
      case "*":
        group.parts.push(`(?:${group.parts.pop() ?? failPattern("repeats nothing")})${token.text}`);
        break;
      default:
        for (const text of textsOf(token)) group.parts.push(text);
    }
  }
  return outer.length > 0 ? failPattern("regexp: missing closing )") : contentOf(group);
}

function openGroup(isCapture: boolean): Group {
  return { isCapture, branches: [], parts: [], height: 1 };
}

/**
 * Adds a group to the one around it, and gives the latter.
 *
 * Parentheses that mean nothing are left out: Go's limit of height does not count them, and the engine takes a time for
 * each that grows with what is before it. With branches in them, they mean nothing if they are the whole outer branch.
 */
function closeGroup(group: Group, outer: Group, next: Token["kind"] | undefined): Group {
  const { isCapture, branches, parts } = group;
  const isPlain = !isCapture && next !== "*";
  outer.height = Math.max(outer.height, group.height + (isPlain ? 0 : 1));
  if (outer.height > MAX_HEIGHT) failPattern("nests too deeply");
  const isWholeBranch = outer.parts.length === 0 && [undefined, "|", ")"].includes(next);
  if (isPlain && (isWholeBranch || branches.length === 0) && branches.length + parts.length <= MAX_JOINED) {
    outer.branches.push(...branches);
    outer.parts.push(...parts);
  } else outer.parts.push(`(${isCapture ? "" : "?:"}${contentOf(group)})`);
  return outer;
}

function contentOf({ branches, parts }: Group): string {
  return join([...branches, join(parts)], "|");
}

/** Joins texts, in groups if they are many. */
function join(texts: readonly string[], separator = ""): string {
  if (texts.length <= MAX_JOINED) return texts.join(separator);
  const groups = texts.flatMap((_, at) =>
    at % MAX_JOINED === 0 ? `(?:${texts.slice(at, at + MAX_JOINED).join(separator)})` : [],
  );
  return join(groups, separator);
}

/** The texts of a token that matches by itself, with its flag. A repeat after it repeats the last of them. */
function textsOf(token: Token): string[] {
  const flag = token.kind === "." ? "s" : token.kind === "^" ? "m" : "i";
  const texts =
    token.kind === "literal" ? literalTexts(token.value) : [token.kind === "[" ? classText(token) : token.text];
  return token.flags.includes(flag) ? texts.map((text) => `(?${flag}:${text})`) : texts;
}

/**
 * The last character is a text of its own. An empty group ends a long text, which the engine copies with each
 * character.
 */
function literalTexts(value: string): string[] {
  const parts = value.match(/.{1,64}(?=.)|./gsu) ?? [];
  return parts.map((part) => escapeRegexp(part) + (part.length < MAX_JOINED ? "" : "(?:)"));
}

function classText({ not, items }: CharacterClass): string {
  const texts = new Set(items.map(({ text }) => text));
  return `[${not ? "^" : ""}${[...texts].join("")}]`;
}
