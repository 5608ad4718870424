// 64 characters that no repeat follows, \Q…\E, an escape, a class, a count, a named group, and a { that is itself
const token =
  /((?:[^\\^$.|?*+()[{]|\\[!-/:-@[-`{-~]){64}(?![?*+{]))|\\Q.*?(?:\\E|$)|\\(?:[pPx]\{[^}]*\}?|.)?|\[\^?\]?(?:\[:\w*:\]|\\.|[^\]\\[]+|\[)*(?:\]|$)|\{\d+(?:,\d*)?\}|\(\?P?<\w+>|\{/gsu;

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
 * It takes `{` before a repeat, `[:` that no `:]` follows, and a name that is given twice for errors; and it reads long
 * texts, quoted with `\Q` or not, in quadratic time, unless something (`.{0}`, which is nothing) divides them.
 */
export function forRe2(pattern: string): string {
  const lastName = pattern.lastIndexOf(":]") - 2;
  return pattern.replace(token, (text, characters, offset) => {
    if (characters !== undefined) return `${characters}.{0}`;
    if (text === "{") return "\\{";
    const isClass = text.startsWith("[");
    if (!isClass) return text.replace(/^\(.*/, "(").replace(/.{64}(?=.{4})/gsu, "$&\\E.{0}\\Q");
    return text.replace(/\\.|(?!^)\[(?=:)/gs, (part, at) => (part === "[" && offset + at > lastName ? "\\[" : part));
  });
}

/** Escapes what has a meaning in a Go regexp. */
export function escapeRegexp(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
