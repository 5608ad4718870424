/** A place in a text that is being read; reading moves it. */
export interface Cursor {
  readonly input: string;
  at: number;
}

/** The next character, or "" at the end. */
export function peek({ input, at }: Cursor): string {
  return input.charAt(at);
}

/** Reads a text if it stands at the cursor, and says whether it does. */
export function skip(cursor: Cursor, text: string): boolean {
  const isThere = cursor.input.startsWith(text, cursor.at);
  if (isThere) cursor.at += text.length;
  return isThere;
}

/** Reads what a sticky expression finds at the cursor, or nothing. */
export function take(cursor: Cursor, expression: RegExp): string {
  expression.lastIndex = cursor.at;
  const [found = ""] = expression.exec(cursor.input) ?? [];
  cursor.at += found.length;
  return found;
}
