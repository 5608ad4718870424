/** A place in a text that is being read; reading moves it. */
export interface Cursor {
  readonly input: string;
  at: number;
}

/** The next character, or "" at the end. */
export function peek({ input, at }: Cursor): string {
  return input.charAt(at);
}

/** Reads what a sticky expression finds at the cursor, or nothing. */
export function take(cursor: Cursor, expression: RegExp): string {
  expression.lastIndex = cursor.at;
  const [found = ""] = expression.exec(cursor.input) ?? [];
  cursor.at += found.length;
  return found;
}
