import type { Selector } from "./filter-node.js";
import { portable } from "./portable.js";
import { quote } from "./quote.js";

/** Writes a selector in the one form that every containerd reads the same way: values quoted, parts where they must be. */
export function print({ path, operator, value }: Selector): string {
  const field = path.map((part) => (/^\w+$/.test(part) ? part : quote(part))).join(".");
  if (operator === "present") return field;
  return `${field}${operator}${quote(operator === "~=" ? portable(value) : value)}`;
}
