import { combinations, type FilterNode, type Selector, selectors } from "./filter-node.js";
import { compileRegexp } from "./re2.js";

/** Reads a field of a record; nothing and "" both say that the record does not have it. */
export type Reader<T> = (record: T) => string | undefined;

/** Finds the field at a path; `undefined` where no record has one. */
export type FieldFinder<T> = (path: readonly string[]) => Reader<T> | undefined;

type Test<T> = (record: T) => boolean;

/**
 * Turns a filter into a test of records.
 *
 * Combinations are decided from the inside out, each once, so that neither depth nor sharing costs more than their
 * number; of the members of each, only as many as matter.
 */
export function compileTest<T>(root: FilterNode, find: FieldFinder<T>): Test<T> {
  const order = [...combinations(root)];
  const tests = new Map(selectors(root).map((node): [FilterNode, Test<T>] => [node, selectorTest(node, find)]));
  return (record) => {
    const results = new Map<FilterNode, boolean>();
    const holds = (node: FilterNode) => results.get(node) ?? tests.get(node)?.(record) ?? false;
    for (const node of order) results.set(node, node.members[node.op === "and" ? "every" : "some"](holds));
    return holds(root);
  };
}

function selectorTest<T>({ path, op, value }: Selector, find: FieldFinder<T>): Test<T> {
  const read = find(path);
  const text = (record: T) => read?.(record) || "";
  if (op === "~=") {
    const regexp = compileRegexp(value);
    return (record) => regexp.test(text(record));
  }
  if (op === "!=") return (record) => text(record) !== value;
  return op === "" ? (record) => text(record) !== "" : (record) => text(record) === value && value !== "";
}
