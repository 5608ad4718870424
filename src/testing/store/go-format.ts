/** Quotes as Go's `%q` does, which is how containerd shows names in its messages. */
export function quote(text: string): string {
  return `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, escapeChar)}"`;
}

const escapes: Readonly<Record<string, string>> = {
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
  const hex = (digits: number) => code.toString(16).padStart(digits, "0");
  return escapes[char] ?? (code < 0x80 ? `\\x${hex(2)}` : code < 0x10000 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
}

/**
 * Reads `text` as a Go format string without arguments, as containerd 1.x does with messages that are already done:
 * `100%d` becomes `100%!d(MISSING)`.
 */
export function formatWithoutArguments(text: string): string {
  return text.replace(/%[#0+\- ]*(\d+|\*)?(\.(\d+|\*)?)?(.?)/gsu, (_, width, precision, _digits, verb: string) => {
    const bad = (width === "*" ? "%!(BADWIDTH)" : "") + (precision === ".*" ? "%!(BADPREC)" : "");
    if (verb === "") return `${bad}%!(NOVERB)`;
    return verb === "%" ? `${bad}%` : `${bad}%!${verb}(MISSING)`;
  });
}
