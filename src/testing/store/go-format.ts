/** Quotes a text as Go's `%q` does. containerd's messages show names so; bytes that are not UTF-8 become `\xff`. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escapeChar)}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

function escapeChar(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char >= "\udc80" && char <= "\udcff") return `\\x${(code & 0xff).toString(16)}`;
  const hex = (digits: number) => code.toString(16).padStart(digits, "0");
  return ESCAPES[char] ?? (code < 0x80 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
}

/**
 * Reads `text` as a Go format string without arguments, as containerd 1.x does with complete messages: `100%d` becomes
 * `100%!d(MISSING)`.
 */
export function formatWithoutArguments(text: string): string {
  let formatted = "";
  for (let at = 0; at < text.length; ) {
    const percent = text.indexOf("%", at);
    if (percent < 0) return formatted + text.slice(at);
    const directive = readDirective(text, percent);
    formatted += text.slice(at, percent) + directive.output;
    at = directive.end;
  }
  return formatted;
}

/** The output for a directive, such as `%-08.3f` or `%[2]*d`, and the index after the directive. */
function readDirective(text: string, percent: number): { readonly output: string; readonly end: number } {
  const reader = new DirectiveReader(text, percent + 1);
  reader.take(/[#0+\- ]*/y);
  reader.takeIndex();
  let bad = reader.takeNumber() === "*" ? "%!(BADWIDTH)" : "";
  if (reader.isAtPrecision()) {
    reader.take(/\./y);
    reader.takeIndex();
    if (reader.takeNumber() === "*") bad += "%!(BADPREC)";
  }
  if (!reader.hasIndex) reader.takeIndex();
  const verb = reader.take(/./suy).toWellFormed();
  const end = reader.at;
  if (verb === "") return { output: `${bad}%!(NOVERB)`, end };
  if (verb === "%") return { output: `${bad}%`, end };
  return { output: `${bad}%!${verb}(${reader.isIndexed ? "BADINDEX" : "MISSING"})`, end };
}

/** Reads the parts of a directive as Go does, including its special cases. */
class DirectiveReader {
  readonly #text: string;
  at: number;
  /** Whether the directive refers to an argument by its number. */
  isIndexed = false;
  /** Whether the last part, apart from a number, was `[n]`. */
  hasIndex = false;

  constructor(text: string, at: number) {
    this.#text = text;
    this.at = at;
  }

  take(expression: RegExp): string {
    expression.lastIndex = this.at;
    const [found = ""] = expression.exec(this.#text) ?? [];
    this.at += found.length;
    return found;
  }

  /**
   * Reads `[n]`. If `n` is not a number, reads up to the next bracket; without one, or for `[]` at the end, reads only
   * `[`.
   */
  takeIndex(): void {
    this.hasIndex = false;
    if (this.#text[this.at] !== "[") return;
    this.isIndexed = true;
    const isTooShort = this.#text.length === this.at + 2;
    const found = (!isTooShort && this.take(/\[[^\]]*\]/y)) || this.take(/\[/y);
    this.hasIndex = /^\[\d+\]$/.test(found) && !isTooLarge(found.slice(1, -1));
  }

  /** Reads digits or a star. After a number that is too large, Go reads nothing more. */
  takeNumber(): string {
    const found = this.take(/\*|\d*/y);
    if (found === "*") this.hasIndex = false;
    if (isTooLarge(found)) this.at = this.#text.length;
    return found;
  }

  /** A dot at the end of the text is a verb. */
  isAtPrecision(): boolean {
    return this.#text[this.at] === "." && this.at + 1 < this.#text.length;
  }
}

// Go stops when the number is above a million and another digit follows.
function isTooLarge(digits: string): boolean {
  return Number(digits.slice(0, -1)) > 1_000_000;
}
