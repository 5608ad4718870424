import { shortened } from "../util/printable.js";

const limit = 60; // UTF-16 units

/** A text of any length as it may stand in a message. */
export function shorten(text: string): string {
  return shortened(text, limit);
}
