import { RE2JSSyntaxException } from "@bufbuild/re2";
import { type Token, tokenize } from "./pattern-tokens.js";
import { canonicalProperty } from "./unicode-property.js";

const pieceLength = 64; // UTF-16 units
const width = 16; // pieces or alternatives side by side
const maxCaptureDepth = 1000; // Go refuses a tree that is higher

interface Piece {
  readonly flags: string;
  readonly text: string;
}

interface Group {
  readonly open: string;
  flags: string;
  start: string; // flags at the start of `text`
  text: string;
  pieces: Piece[];
  alternatives: Piece[];
}

/**
 * Rewrites a Go regexp so that `@bufbuild/re2` 0.6 reads it as Go does, and in linear time.
 *
 * That engine takes `{` before a count and `[[:]` for errors, knows Unicode classes by their exact names only, and
 * copies its stack at every literal, `|` and `)`; short groups inside groups keep that stack short. Captures stay,
 * because Go counts them as depth.
 *
 * @throws RE2JSSyntaxException where a bracket has no partner
 */
export function balancePattern(pattern: string): string {
  const groups = [newGroup("", "")];
  for (const token of tokenize(pattern)) {
    const group = groups.at(-1) ?? fail("unexpected )");
    if (token.kind === "open") groups.push(newGroup(token.text, flagsAfter(group.flags, token.text)));
    else if (token.kind === "close") append(groups.at(-2) ?? fail("unexpected )"), close(groups.pop() ?? group));
    else extend(group, token);
    if (groups.length > maxCaptureDepth && isTooDeep(groups)) fail("expression nests too deeply");
  }
  if (groups.length > 1) fail("missing closing )");
  return groups.map(content).join("");
}

function fail(reason: string): never {
  throw new RE2JSSyntaxException(reason, "");
}

function isTooDeep(groups: readonly Group[]): boolean {
  return groups.filter(({ open }) => open === "(" || open.endsWith(">")).length > maxCaptureDepth;
}

function newGroup(open: string, flags: string): Group {
  return { open, flags, start: flags, text: "", pieces: [], alternatives: [] };
}

function extend(group: Group, { kind, text }: Token): void {
  if (kind === "broken") fail("missing closing ]");
  if (kind === "bar") endAlternative(group);
  else if (kind === "repeat") group.text += text;
  else if (kind === "quote") appendQuote(group, text);
  else if (kind === "flags") setFlags(group, text);
  else append(group, rewrite(text));
}

/** Repeats and flags cling to what is before them; anything else may start a new piece. */
function append(group: Group, text: string): void {
  if (group.text.length >= pieceLength) endPiece(group);
  group.text += text;
}

function setFlags(group: Group, text: string): void {
  group.flags = flagsAfter(group.flags, text);
  group.text += text;
}

function appendQuote(group: Group, text: string): void {
  const content = text.slice(2).replace(/\\E$/, "");
  if (content === "") group.text += "\\Q\\E"; // a repeat after it repeats what is before it
  for (const [part] of content.matchAll(/.{1,64}/gsu)) append(group, escapeRegexp(part));
}

function endPiece(group: Group): void {
  group.pieces.push({ flags: group.start, text: group.text });
  group.start = group.flags;
  group.text = "";
}

function endAlternative(group: Group): void {
  const flags = group.pieces[0]?.flags ?? group.start;
  endPiece(group);
  group.alternatives.push({ flags, text: join(group.pieces, "(?:)") }); // (?:) keeps literals apart
  group.pieces = [];
}

function content(group: Group): string {
  endAlternative(group);
  return join(group.alternatives, "|");
}

function close(group: Group): string {
  return `${group.open}${content(group)})`;
}

function join(pieces: readonly Piece[], separator: string): string {
  if (pieces.length <= width) return pieces.map(({ text }) => text).join(separator);
  const groups: Piece[] = [];
  for (let at = 0; at < pieces.length; at += width) {
    const flags = pieces[at]?.flags ?? "";
    groups.push({ flags, text: `${openWith(flags)}${join(pieces.slice(at, at + width), separator)})` });
  }
  return join(groups, separator);
}

function flagsAfter(flags: string, text: string): string {
  const [, on = "", off = ""] = /^\(\?([imsU]*)-?([imsU]*)[:)]/.exec(text) ?? [];
  return [..."imsU"].filter((flag) => (flags + on).includes(flag) && !off.includes(flag)).join("");
}

function openWith(flags: string): string {
  const off = [..."imsU"].filter((flag) => !flags.includes(flag)).join("");
  return `(?${flags}${off && `-${off}`}:`;
}

function rewrite(text: string): string {
  if (text === "{") return "\\{";
  const [first] = text;
  if (first !== "[" && first !== "\\") return text;
  const named = text.replace(/\\(?:[pP]\{[^}]*\}|[pP].|.)/gsu, canonicalProperty);
  return first === "[" ? named.replace(/(?<!^)\[:(?=\]$)/, "\\[:") : named;
}

/** Escapes what has a meaning in a Go regexp. */
export function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
