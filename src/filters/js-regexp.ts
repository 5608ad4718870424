/** The pattern of a `RegExp` for Go, with the flags that both have. */
export function goPattern({ source, flags }: RegExp): string {
  const shared = flags.replace(/[^ims]/g, "");
  if (source === "(?:)") return ""; // how JavaScript writes the empty one
  return shared === "" ? source : `(?${shared})${source}`;
}

/**
 * What in a `RegExp` may not find the same in both dialects: a part of it, or its flags; "" for nothing.
 *
 * JavaScript's `.` and the lines of its flag m know more ends of lines, its `\s` more white space. Without the flag u it
 * sees halves of characters, as complements and `.` show, and folds case by other rules. Go reads `{01}` as text.
 */
export function differenceOf({ source, flags }: RegExp): string {
  if (!/^[dgsu]*$/.test(flags) || /[^\0-\uffff]/u.test(source)) return `/${flags}`;
  const rest = source
    .replace(/\\(?:[bdfnrtvw!-/:-@[-`{-~]|x[\da-fA-F]{2})/g, "x")
    .replace(/\[[^[\]\\^][^[\]\\]*\]/g, "x");
  return /\\.|\[\^?|\.|\(\?(?!:|<\w+>)|\{(?:\d+,)?0\d/.exec(rest)?.[0] ?? "";
}
