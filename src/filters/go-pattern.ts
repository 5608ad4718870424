// \Q…\E, an escape, a class, a repeat, 64 letters that no repeat follows, (?<n>, and a { that opens no count
const token =
  /\\Q.*?(?:\\E|$)|\\(?:[pPx]\{[^}]*\}?|.)?|\[\^?\]?(?:\[:\w*:\]|\\.|[^\]\\[]+|\[)*(?:\]|$)|\{\d+(?:,\d*)?\}|([^\\^$.|?*+()[{]{64}(?![?*+{]))|\(\?<(?![=!])|\{/gsu;

/**
 * The pattern as every Go reads it: `(?<n>…)` becomes `(?P<n>…)`.
 *
 * Go before 1.22, and with it containerd 1.6, takes the first form for an error and so answers with silence.
 */
export function portable(pattern: string): string {
  return pattern.replace(token, (text) => (text === "(?<" ? "(?P<" : text));
}

/**
 * The pattern as `@bufbuild/re2` 0.6 has to be given it to read it as Go does.
 *
 * It takes `{` before a repeat, and `[[:]`, for errors; and it reads long texts in quadratic time, unless something
 * (`.{0}`, which is nothing) divides them.
 */
export function forRe2(pattern: string): string {
  return pattern.replace(token, (text, letters) => {
    if (text === "{") return "\\{";
    return letters === undefined ? text.replace(/^(\[.*[^\\])\[:\]$/s, "$1\\[:]") : `${letters}.{0}`;
  });
}

/** Escapes what has a meaning in a Go regexp. */
export function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
