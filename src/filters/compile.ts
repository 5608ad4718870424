import { type Filter, treeOf } from "./filter.js";
import { type Combination, chain, combinations, type FilterNode } from "./filter-node.js";
import { print } from "./print.js";
import { refuse } from "./rule.js";

const maxAlternatives = 256;

/**
 * The strings that a client sends for a filter: a record matches if it matches one of them, and each is a list of
 * selectors of which all have to match. Every containerd since 1.2.7 reads them the same way.
 *
 * `or` inside `and` multiplies: `(a or b) and (c or d)` takes four strings.
 *
 * @returns no strings for {@link all}, which containerd reads as everything
 * @throws ValidationError when it takes more than 256 strings; what {@link parse} read compiles back whatever its length
 *
 * @example
 * const env = field.label("env");
 * compile(env.equals("prod").or(env.equals("dev")).and(field.name.startsWith("app:")));
 * // => ['labels.env=="prod",name~="^app:"', 'labels.env=="dev",name~="^app:"']
 */
export function compile(filter: Filter): string[] {
  const root = treeOf(filter, "compile");
  if (root.kind === "all") return [];
  if (root.kind === "selector" || root.parsed === undefined) checkCount(root);
  return [...new Set(alternatives(root).map((selectors) => [...new Set(selectors)].join(",")))];
}

function checkCount(root: FilterNode): void {
  const count = countAlternatives(root);
  if (count <= maxAlternatives) return;
  const number = count < Number.MAX_SAFE_INTEGER ? String(count) : "more than 2^53";
  refuse("compile", `takes ${number} strings, and ${maxAlternatives} are allowed: oneOf may say the same in one`);
}

/** How many strings the tree takes, without making them. */
function countAlternatives(root: FilterNode): number {
  const counts = new Map<FilterNode, number>();
  let count = 1;
  for (const node of combinations(root)) counts.set(node, (count = countOf(node, counts)));
  return count; // of the root, which is the last
}

function countOf({ kind, members }: Combination, counts: ReadonlyMap<FilterNode, number>): number {
  const numbers = members.map((member) => counts.get(member) ?? 1);
  return numbers.reduce((total, number) => (kind === "or" ? total + number : total * number));
}

/** One list of selectors for each string. The nesting of `and` in `or` in `and` is bounded by their number. */
function alternatives(node: FilterNode): string[][] {
  if (node.kind === "selector") return [[print(node)]];
  if (node.kind === "all") return [[]];
  return node.kind === "or" ? chain(node).flatMap(alternatives) : product(node);
}

function product(node: Combination): string[][] {
  let rows: string[][] = [[]];
  for (const member of chain(node)) {
    const [only = [], ...others] = alternatives(member);
    if (others.length > 0) rows = rows.flatMap((row) => [only, ...others].map((option) => [...row, ...option]));
    else for (const row of rows) for (const selector of only) row.push(selector);
  }
  return rows;
}
