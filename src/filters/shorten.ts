const limit = 60; // UTF-16 units

/** A text of any length as it may stand in a message. */
export function shorten(text: string): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}…`;
}
