import type { Comparison } from "../../filters/filter-node.js";
import { byteLength, bytesOf, textOf } from "../store/utf8.js";

// The tokens of containerd's language. Each expression reads from the end of the last token.
const SPACE = /\p{White_Space}*/uy;
const NAME = /\w+/y;
const OPERATORS = /[=!~]+/y;
const BARE_VALUE = /[^,."/|=!~\0\ufffd\p{Cs}\p{White_Space}][^,\p{C}\p{Z}\ufffd]*/uy;
const PLAIN: ReadonlyMap<string, RegExp> = new Map([
  ['"', /[^"\\\n\0\ufffd\p{Cs}]*/uy],
  ["/", /[^/\\\n\0\ufffd\p{Cs}]*/uy],
  ["|", /[^|\\\n\0\ufffd\p{Cs}]*/uy],
]);
const NUMERIC_ESCAPE = /\\(?:[0-7]{3}|x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})/y;
const START_OF_NUMBER = /\\(?:[0-7]{1,2}|x[\da-fA-F]?|u[\da-fA-F]{0,3}|U[\da-fA-F]{0,7})/y;

/** Whether the value of each operator is a pattern, which has more kinds of quotes. */
const TAKES_PATTERN: Readonly<Record<Comparison, boolean>> = { "==": false, "!=": false, "~=": true };

function isComparison(operator: string): operator is Comparison {
  return operator in TAKES_PATTERN;
}

/** An error in a filter, and its place. */
class Complaint extends Error {
  readonly at: number;

  constructor(at: number, reason: string) {
    super(reason);
    this.at = at;
  }
}

/**
 * The message of containerd for a filter that it rejects; undefined for any other filter. `parse` has its own messages.
 *
 * The message shows one byte of the text as the place, so of a longer character it shows only the first byte.
 */
export function filterComplaint(input: string): string | undefined {
  try {
    new FilterReader(input).read();
    return undefined;
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    return `filters: parse error: [${showPlace(input, error.at)}]: ${error.message}`;
  }
}

function showPlace(input: string, index: number): string {
  if (index === input.length) return input;
  const bytes = bytesOf(input);
  const at = byteLength(input.slice(0, index));
  const text = (from: number, to?: number) => textOf(bytes.subarray(from, to)).toWellFormed();
  return `${text(0, at)} >|${text(at, at + 1)}|< ${text(at + 1)}`;
}

/** Reads a filter up to its first error. */
class FilterReader {
  readonly #input: string;
  #at = 0;

  constructor(input: string) {
    this.#input = input;
  }

  read(): void {
    if (this.#input === "") return;
    this.#readClause();
    for (; this.#at < this.#input.length; this.#readClause()) {
      const char = this.#unreadable() === undefined ? this.#character() : "\ufffd";
      if (char !== ",") throw new Complaint(this.#at, `unexpected input: ${char}`);
      this.#at++;
    }
  }

  #readClause(): void {
    this.#readPath();
    if (this.#next() === "," || this.#at === this.#input.length) return;
    this.#take(SPACE);
    const at = this.#at;
    const operator = this.#take(OPERATORS);
    if (operator === "") this.#missing('an operator ("=="|"!="|"~=")');
    if (!isComparison(operator)) throw new Complaint(at, `unsupported operator "${operator}"`);
    this.#readValue(TAKES_PATTERN[operator]);
  }

  #readPath(): void {
    this.#readPart();
    for (; this.#next() === "."; this.#readPart()) this.#at++;
  }

  #readPart(): void {
    this.#take(SPACE);
    if (this.#isQuote()) this.#readQuoted(false);
    else if (this.#take(NAME) === "") this.#missing("field or quoted");
  }

  #readValue(isPattern: boolean): void {
    this.#take(SPACE);
    if (this.#isQuote()) this.#readQuoted(isPattern);
    else if (this.#take(BARE_VALUE) === "") this.#missing("value or quoted");
  }

  // If the text at this place cannot be read, that is the error instead. If it is quoted, it is read first, because an
  // error inside it comes before this one.
  #missing(what: string): never {
    const complaint = new Complaint(this.#at, this.#unreadable() ?? `expected ${what}`);
    if (this.#isQuote()) this.#skipQuotes();
    throw complaint;
  }

  #readQuoted(isPattern: boolean): void {
    const at = this.#at;
    const isWrongQuote = this.#next() !== '"' && !isPattern;
    const sequences = this.#skipQuotes();
    if (isWrongQuote) throw new Complaint(at, "invalid quote encountered");
    if (sequences.some(isBeyondRange)) throw new Complaint(at, "unquoting failed: quote syntax error");
  }

  /** Reads to the closing quote, and returns the escape sequences in between. */
  #skipQuotes(): string[] {
    const start = this.#at++;
    const delimiter = this.#input.charAt(start);
    const sequences: string[] = [];
    for (;;) {
      this.#take(PLAIN.get(delimiter) ?? SPACE);
      if (this.#next() === delimiter) break;
      const sequence = this.#takeEscape(delimiter);
      if (sequence === "") throw new Complaint(start, this.#brokenQuotes());
      sequences.push(sequence);
    }
    this.#at++;
    return sequences;
  }

  #takeEscape(delimiter: string): string {
    const [backslash, char = ""] = this.#input.slice(this.#at, this.#at + 2);
    if (backslash !== "\\" || char === "") return "";
    if (!`abfnrtv\\${delimiter}`.includes(char)) return this.#take(NUMERIC_ESCAPE);
    this.#at += 2;
    return `\\${char}`;
  }

  #brokenQuotes(): string {
    if (this.#next() !== "\\") return this.#unreadable() ?? "quoted literal not terminated";
    const isNumber = this.#take(START_OF_NUMBER) !== "";
    if (!isNumber) this.#at++;
    return this.#unreadable() ?? `illegal ${isNumber ? "numeric " : ""}escape sequence`;
  }

  // NUL, U+FFFD and bytes that are not UTF-8 are rejected anywhere in the filter.
  #unreadable(): string | undefined {
    if (this.#next() === "\0") return "unexpected null";
    return this.#character().toWellFormed() === "\ufffd" ? "rune error" : undefined;
  }

  #isQuote(): boolean {
    return PLAIN.has(this.#next());
  }

  #next(): string {
    return this.#input.charAt(this.#at);
  }

  #character(): string {
    return String.fromCodePoint(this.#input.codePointAt(this.#at) ?? 0);
  }

  #take(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const text = expression.exec(this.#input)?.[0] ?? "";
    this.#at += text.length;
    return text;
  }
}

// Three octal digits can be more than a byte holds, and eight hex digits more than Unicode has. Go reads numbers from
// 80000000 on as negative 32-bit numbers, which are not too large.
function isBeyondRange(sequence: string): boolean {
  if (!sequence.startsWith("\\U")) return /^\\[4-7]/.test(sequence);
  const code = Number.parseInt(sequence.slice(2), 16);
  return code > 0x10ffff && code < 0x80000000;
}
