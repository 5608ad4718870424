import type { Selector } from "./filter-node.js";
import { quote } from "./quote.js";
import { portable } from "./regexp/dialect.js";

/** Writes a selector in a form that every containerd reads the same way: values quoted, parts of the path if need be. */
export function print({ path, op, value }: Selector): string {
  const field = path.map((part) => (/^\w+$/.test(part) ? part : quote(part))).join(".");
  return op === "" ? field : field + op + quote(op === "~=" ? portable(value) : value);
}
