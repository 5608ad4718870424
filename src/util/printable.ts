/**
 * Escapes, as `\uXXXX`, characters that control a terminal or that make a text look like another one.
 *
 * Names, labels and all texts from a server can contain any characters. Messages and hints of errors and the text of a
 * diagnosis are already escaped; use this function if your program prints a name or a label itself. Escaped are control
 * characters (line feeds too), line separators, lone surrogates, marks that change the direction of writing, and
 * invisible characters.
 *
 * @example
 * ```ts
 * printable("app:1\u001b[2J"); // => "app:1\\u001b[2J"
 * for (const { name } of await images.list()) console.log(printable(name));
 * ```
 */
export function printable(text: string): string {
  // Control characters, line separators, lone surrogates, and invisible characters that change how the text around them
  // looks. The expression is here because it takes long to make, and most programs never need it.
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu, escaped);
}

function escaped(character: string): string {
  return character.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * A text of at most `limit` UTF-16 units. A longer text loses its middle, because its ends are the most useful parts.
 */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor((limit - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
