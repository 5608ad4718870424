import { refuse } from "./errors.js";
import { type Filter, treeOf } from "./filter.js";
import { type Combination, type FilterNode, fold, matchesAll, type Operator, type Selector } from "./filter-node.js";
import { quote } from "./quote.js";
import { portable } from "./regexp/dialect.js";

const MAX_STRINGS = 256;

/**
 * The strings that a client sends for a filter. A record matches if it matches one of them; each string is a list of
 * selectors, which all have to match. Every containerd since 1.2.7 reads them the same way.
 *
 * `or` inside `and` multiplies: `(a or b) and (c or d)` takes four strings.
 *
 * @returns no strings for {@link all}: containerd then lists every record
 * @throws ValidationError when it takes more than 256 strings; what {@link parse} has returned always compiles
 *
 * @example
 * ```ts
 * const env = field.label("env");
 * compile(env.equals("prod").or(env.equals("dev")).and(field.name.startsWith("app:")));
 * // => ['labels.env=="prod",name~="^app:"', 'labels.env=="dev",name~="^app:"']
 * ```
 */
export function compile(filter: Filter): string[] {
  const root = treeOf(filter, "compile");
  const problem = sizeProblem(root);
  if (problem) refuse("compile", problem);
  if (matchesAll(root)) return [];
  return [...new Set(fold(root, (selector) => [print(selector)], joinStrings))];
}

/** What is wrong with a tree that takes too many strings; `false` if nothing is. */
export function sizeProblem(root: FilterNode): string | false {
  const count = root.parsed || matchesAll(root) ? 0 : fold(root, () => 1, countStrings);
  return count > MAX_STRINGS && `takes ${count} strings, more than ${MAX_STRINGS}`;
}

function countStrings({ op }: Combination, counts: readonly number[]): number {
  return counts.reduce((total, count) => (op === "or" ? total + count : total * count));
}

function joinStrings({ op }: Combination, parts: readonly (readonly string[])[]): readonly string[] {
  if (op === "or") return parts.flat();
  return parts.reduce((left, right) => left.flatMap((a) => right.map((b) => `${a},${b}`)));
}

/** How the value of each operator is written. */
const WRITE_VALUE: Readonly<Record<Operator, (value: string) => string>> = {
  "": () => "",
  "==": quote,
  "!=": quote,
  "~=": (pattern) => quote(portable(pattern)),
};

/**
 * Writes a selector so that every containerd reads it the same way: values in quotes, and parts of the path if needed.
 */
export function print({ path, op, value }: Selector): string {
  const field = path.map((part) => (/^\w+$/.test(part) ? part : quote(part))).join(".");
  return field + op + WRITE_VALUE[op](value);
}
