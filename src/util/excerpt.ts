import { printable } from "./printable.js";

/** How much of the text is shown on each side of the place, in UTF-16 units. */
const CONTEXT_LENGTH = 40;

/** The text around a place, and below it a caret that points at the place, as compilers show it. */
export function excerpt(text: string, position: number): string {
  const before = printable(text.slice(0, position).slice(-CONTEXT_LENGTH));
  const after = printable(text.slice(position, position + CONTEXT_LENGTH));
  const indent = before.replace(/./gu, " ");
  return `  ${before}${after}\n  ${indent}^`;
}
