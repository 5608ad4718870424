import type { NewImage } from "../../../src/image.js";
import type { Random } from "../../support/random.js";
import { anyRegexp } from "./regexps.js";

const names = [
  ...["a", "ab", "aab", "b", "k", "A", "é", "e\u0301", "ß", "日本", "😀", "a😀b", "\u212a", "ſ", "σς", "1", "12", "-"],
  ...["a b", "a\nb", "a\tb", "\0", "\ufffd", "\u200b", "{", "}", "a{2}", "[", "]", "a,b", 'q"q', "c:\\d", "a|b", "^$"],
  ...["docker.io/library/alpine:3.20", "docker.io/library/busybox:latest", "ghcr.io/a/b@sha256:00", "name", "labels"],
] as const;
/** Keys of labels and annotations. */
export const keys = [
  "env",
  "tier",
  "a",
  "a.b",
  "a.b.c",
  "é",
  "1",
  "x y",
  'q"',
  "s/l",
  "k_",
  "__proto__",
  "toString",
  "\n",
  "\\",
] as const;
const texts = [
  "prod",
  "dev",
  "Prod",
  "a",
  "ab",
  "é",
  "1",
  "1.2",
  "a b",
  "😀",
  "\n",
  'q"',
  "\\d",
  "a,b",
  ".x",
  "/x/",
  "=x",
  "\0",
] as const;
const mediaTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "a",
  "é",
] as const;

/** Records of all kinds, of which no two have the same name. */
export function fixture(random: Random, size: number): NewImage[] {
  const chosen = new Map<string, NewImage>();
  while (chosen.size < size) {
    const name = random.chance(0.7) ? random.pick(names) : random.pick(names) + random.pick(names);
    chosen.set(name, record(name, random));
  }
  return [...chosen.values()];
}

function record(name: string, random: Random): NewImage {
  const map = (most: number) => Object.fromEntries(random.some(most, () => [random.pick(keys), random.pick(texts)]));
  const digest = `sha256:${random.pick(["a", "b", "0"]).repeat(64)}`;
  const target = { mediaType: random.pick(mediaTypes), digest, size: 1, annotations: map(3) };
  return { name, labels: map(5), target };
}

/** What is sent as one List: mostly one string, sometimes several. */
export function anyFilters(random: Random): string[] {
  const strings = Array.from({ length: random.chance(0.8) ? 1 : 1 + random.below(3) }, () => validFilter(random));
  return random.chance(0.5) ? strings : strings.map((text) => mutate(text, random));
}

function validFilter(random: Random): string {
  if (random.chance(0.01)) return "";
  return Array.from({ length: random.pick([1, 1, 1, 1, 2, 2, 3]) }, () => clause(random)).join(",");
}

const spaces = ["", "", "", "", " ", "\t", "\n ", "\u00a0", "\u2003", "\u0085"] as const;

function clause(random: Random): string {
  const [before, after] = [random.pick(spaces), random.pick(spaces)];
  const field = path(random);
  if (random.chance(0.15)) return before + field;
  const op = random.pick(["==", "!=", "~=", "~="]);
  return before + field + random.pick(spaces) + op + after + (op === "~=" ? patternValue(random) : textValue(random));
}

function path(random: Random): string {
  const parts = random.chance(0.9) ? knownPath(random) : oddPath(random);
  if (random.chance(0.05)) parts.push(random.pick(keys));
  return parts.map((part) => pathPart(part, random)).join(`.${random.chance(0.05) ? " " : ""}`);
}

function knownPath(random: Random): string[] {
  const root = random.pick(["name", "name", "labels", "labels", "labels", "annotations", "target"]);
  if (root === "name") return [root];
  if (root === "target") return [root, random.pick(["digest", "mediatype"])];
  return [root, ...random.pick(keys).split(random.pick([".", "\0"]))];
}

function oddPath(random: Random): string[] {
  const target = ["target", random.pick(["mediaType", "size", "annotations", ""])];
  return random.pick([target, ["target"], ["labels"], ["annotations", ""], ["bogus"], ["Name"], ["", "name"]]);
}

function pathPart(part: string, random: Random): string {
  return /^\w+$/.test(part) && random.chance(0.8) ? part : quoted(part, '"', random);
}

function textValue(random: Random): string {
  const text = random.pick([...names, ...texts, ...mediaTypes, `sha256:${"a".repeat(64)}`, "", "\xff"]);
  return random.chance(0.3) && isBare(text) ? text : quoted(text, '"', random);
}

function patternValue(random: Random): string {
  const text = random.chance(0.8)
    ? anyRegexp(random)
    : random.pick([...texts, "^$", ".*", "^a", "^(?:a|b)$", "\\", "("]);
  if (random.chance(0.3) && isBare(text)) return text;
  return quoted(text, random.pick(['"', '"', "/", "|"]), random);
}

function isBare(text: string): boolean {
  return /^[^\p{White_Space},."/|=!~][^,\p{C}\p{Z}\ufffd]*$/u.test(text);
}

/** A literal of the text, sometimes written in another way than need be. */
function quoted(text: string, delimiter: string, random: Random): string {
  const written = Array.from(text, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\0" || char === "\ufffd") return bytesOf(char, random);
    if (char === delimiter || char === "\\") return `\\${char}`;
    return random.chance(0.05) ? bytesOf(char, random) : char;
  });
  return delimiter + written.join("") + delimiter;
}

function bytesOf(char: string, random: Random): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = (digits: number) => code.toString(16).padStart(digits, "0");
  if (random.chance(0.3)) return `\\U${hex(8)}`;
  if (random.chance(0.3) && code < 0x10000) return `\\u${hex(4)}`;
  const isOctal = random.chance(0.5);
  const escaped = (byte: number) =>
    isOctal ? `\\${byte.toString(8).padStart(3, "0")}` : `\\x${byte.toString(16).padStart(2, "0")}`;
  return Array.from(Buffer.from(char), escaped).join("");
}

const scraps = [
  ...[
    "=",
    "!",
    "~",
    "==",
    "!=",
    "~=",
    ",",
    ".",
    '"',
    "/",
    "|",
    "\\",
    " ",
    "\t",
    "\n",
    "\r",
    "\u00a0",
    "\u200b",
    "\u00ad",
  ],
  ...[
    "\0",
    "\ufffd",
    "a",
    "name",
    "labels",
    "'",
    "(",
    ")",
    "[",
    "{",
    "}",
    "*",
    "$",
    "%",
    "é",
    "😀",
    "\u0301",
    "\ue000",
  ],
  ...[
    "\\n",
    "\\x41",
    "\\xff",
    "\\xc3\\xa9",
    "\\400",
    "\\141",
    "\\14",
    "\\x4",
    "\\u00e9",
    "\\ud800",
    "\\U00110000",
    "\\U80000061",
    "\\q",
    '\\"',
  ],
  ...["\\'", "\\/", "\\|", "\\.", "\\d", "\x01", "\x7f", "\u0085", "\u2028", "\ufeff", "\u{e0001}", "::", '""', "//"],
] as const;

/** The text with a few things put in, taken out, doubled or moved. */
export function mutate(text: string, random: Random): string {
  let characters = Array.from(text);
  for (let times = 1 + random.below(3); times > 0; times--) {
    const at = random.below(characters.length + 1);
    const end = at + random.below(4);
    const rest = characters.slice(end);
    const insert = random.chance(0.7) ? [random.pick(scraps)] : characters.slice(at, end).reverse();
    characters = [...characters.slice(0, at), ...insert, ...(random.chance(0.5) ? characters.slice(at) : rest)];
  }
  return characters.join("");
}
