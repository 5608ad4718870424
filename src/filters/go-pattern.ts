// \Q…\E, an escape, a class, a repeat, 64 letters that no repeat follows, a named group, and a { that opens no count
const token =
  /\\Q.*?(?:\\E|$)|\\(?:[pPx]\{[^}]*\}?|.)?|\[\^?\]?(?:\[:\w*:\]|\\.|[^\]\\[]+|\[)*(?:\]|$)|\{\d+(?:,\d*)?\}|([^\\^$.|?*+()[{]{64}(?![?*+{]))|\(\?P?<\w+>|\{/gsu;

/**
 * The pattern as every Go reads it: `(?<n>…)` becomes `(?P<n>…)`.
 *
 * Go before 1.22, and with it containerd 1.6, takes the first form for an error and so answers with silence.
 */
export function portable(pattern: string): string {
  return pattern.replace(token, (text) => text.replace(/^\(\?</, "(?P<"));
}

/**
 * The pattern as `@bufbuild/re2` 0.6 has to be given it to find what Go finds.
 *
 * It takes `{` before a repeat, `[[:]`, and a name that is given twice for errors; and it reads long texts in quadratic
 * time, unless something (`.{0}`, which is nothing) divides them.
 */
export function forRe2(pattern: string): string {
  return pattern.replace(token, (text, letters) => {
    if (letters !== undefined) return `${letters}.{0}`;
    if (text === "{" || text.startsWith("(")) return text === "{" ? "\\{" : "(";
    return text.replace(/^(\[(?:.*[^\\])?)\[:\]$/s, "$1\\[:]");
  });
}

/** Escapes what has a meaning in a Go regexp. */
export function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
