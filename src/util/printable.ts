// Controls, line separators, lone surrogates, and what is not seen itself but changes how the rest looks.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/**
 * Escapes, as `\uXXXX`, what a terminal would obey or what could make a text look like another one.
 *
 * Names, labels and all that a server says can contain anything. Messages and hints of errors, and the text of a
 * diagnosis, have been escaped already; use this where a program prints a name or a label itself. Escaped are control
 * characters (line feeds too), line separators, lone surrogates, marks that change the direction of writing, and
 * characters that are not seen.
 *
 * @example
 * ```ts
 * printable("app:1\u001b[2J"); // => "app:1\\u001b[2J"
 * for (const { name } of await images.list()) console.log(printable(name));
 * ```
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

function escaped(character: string): string {
  const units = character.split("");
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

/** A text of at most `limit` UTF-16 units; what is too long loses its middle, since both ends tell most. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor((limit - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
