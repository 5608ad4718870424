import { engineTexts, joined } from "./engine-text.js";
import { type ClassItem, PatternError, type Token } from "./token.js";

/**
 * The pattern as the engine is given it: with the same meaning, in a form that it reads in linear time.
 *
 * @throws PatternError for what Go refuses, as far as the engine does not, and for what would take the engine too long
 */
export function enginePattern(tokens: readonly Token[]): string {
  const kept = tokens.filter((token) => !isEmpty(token)); // or a repeat would repeat what is empty
  return expansionOf(kept) > mostExpansion ? refuse("too large") : assemble(kept);
}

function isEmpty(token: Token): boolean {
  return token.kind === "(?)" || (token.kind === "literal" && token.value === "");
}

/** What a pattern may become beyond what is written: so many instructions take the engine half a second. */
const mostExpansion = 250_000;

function expansionOf(tokens: readonly Token[]): number {
  const factors = [1]; // of each group that is open, from its end on
  let times = 1; // of what is before a repeat
  let cost = 0;
  for (const token of [...tokens].reverse()) {
    const factor = times * (factors.at(-1) ?? 1);
    if (token.kind === ")") factors.push(factor);
    if (token.kind === "(") factors.pop();
    const length = token.kind === "literal" && times === 1 ? token.value.length : 1;
    cost += (factor - 1) * length + factor * readingCost(token);
    times = token.kind === "*" ? Math.max(1, ...(token.text.match(/\d+/g) ?? []).map(Number)) : 1;
  }
  return cost;
}

/** About how many instructions the engine could make while it reads a class: it folds the case of each character. */
function readingCost(token: Token): number {
  if (token.kind !== "[") return 0;
  const isFolded = ({ text }: ClassItem) =>
    token.flags.includes("i") && text.includes("-") && /[^ -~]|\\[\dx]/.test(text);
  return token.items.reduce((sum, item) => sum + (item.since === undefined ? Number(isFolded(item)) * 8000 : 30), 0);
}

/** A group whose end is still to come. */
interface Group {
  readonly start: string;
  readonly branches: string[];
  parts: string[]; // of the last branch
  /** How high Go's tree is at least: its limit is found here, because the engine takes its time to. */
  height: number;
}

const mostHeight = 1000;

function assemble(tokens: readonly Token[]): string {
  const groups: Group[] = [];
  let group = startOf("");
  for (const [at, token] of tokens.entries()) {
    switch (token.kind) {
      case "(":
        groups.push(group);
        group = startOf(token.text);
        break;
      case ")":
        group = ended(group, groups.pop() ?? refuse("unexpected )"), tokens[at + 1]?.kind);
        break;
      case "|":
        group.branches.push(joined(group.parts));
        group.parts = [];
        break;
      case "*":
        group.parts.push(`(?:${group.parts.pop() ?? refuse("repeats nothing")})${token.text}`);
        break;
      default:
        for (const text of engineTexts(token)) group.parts.push(text);
    }
  }
  return groups.length > 0 ? refuse("regexp: missing closing )") : wholeText(group);
}

function refuse(message: string): never {
  throw new PatternError(message);
}

function startOf(start: string): Group {
  return { start, branches: [], parts: [], height: 1 };
}

function wholeText({ branches, parts }: Group): string {
  return joined([...branches, joined(parts)], "|");
}

/**
 * Puts a group into the one around it, without its parentheses where they mean nothing: the limit of depth does not
 * count them, and the engine takes a time for each that grows with what is before it.
 */
function ended(group: Group, around: Group, next: Token["kind"] | undefined): Group {
  const { start, branches, parts } = group;
  const isPlain = start.endsWith(":") && next !== "*";
  around.height = Math.max(around.height, group.height + Number(!isPlain));
  if (around.height > mostHeight) refuse("nests too deeply");
  const isBranch = around.parts.length === 0 && (next === undefined || next === "|" || next === ")");
  if (isPlain && (isBranch || branches.length === 0) && branches.length + parts.length <= 64) {
    around.branches.push(...branches);
    around.parts.push(...parts);
  } else around.parts.push(`${start.endsWith(":") ? "(?:" : "("}${wholeText(group)})`);
  return around;
}
