import { combinations, type FilterNode, isCombination, isEverything, type Selector } from "./filter-node.js";
import { print } from "./print.js";
import { refuse } from "./rule.js";

/** The strings of a tree, each once; none for the filter for everything. */
export function stringsOf(root: FilterNode): string[] {
  if (isEverything(root)) return [];
  const count = fold(root, () => 1, countStrings);
  const isAsParsed = isCombination(root) && root.parsed;
  if (count > 256 && !isAsParsed) refuse("compile", `takes ${count} strings, more than 256`);
  return [...new Set(fold(root, (selector) => [print(selector)], joinStrings))];
}

/** Works out a value for the whole filter from those of its parts, without recursion. */
function fold<T>(root: FilterNode, leaf: (selector: Selector) => T, join: (op: string, parts: T[]) => T): T {
  const values = new Map<FilterNode, T>();
  // What has no value yet is a selector: combinations come after their members.
  const partOf = (node: FilterNode) => values.get(node) ?? leaf(node as Selector);
  for (const node of combinations(root)) values.set(node, join(node.op, node.members.map(partOf)));
  return partOf(root);
}

function countStrings(op: string, counts: number[]): number {
  return counts.reduce((total, count) => (op === "or" ? total + count : total * count));
}

function joinStrings(op: string, parts: string[][]): string[] {
  if (op === "or") return parts.flat();
  return parts.reduce((left, right) => left.flatMap((a) => right.map((b) => `${a},${b}`)));
}
