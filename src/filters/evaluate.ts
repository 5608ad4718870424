import { combinations, type FilterNode, type Operator, type Selector, selectors } from "./filter-node.js";
import { compileRegexp } from "./regexp/compile-regexp.js";

/** Reads a field of a record. `undefined` and "" both mean that the record does not have it. */
export type FieldReader<T> = (record: T) => string | undefined;

/** Finds the field at a path; `undefined` if no record has such a field. */
type FieldFinder<T> = (path: readonly string[]) => FieldReader<T> | undefined;

type Test<T> = (record: T) => boolean;

/**
 * Turns a filter into a test of records.
 *
 * Each combination is computed once, after the combinations inside it, and its other members are skipped as soon as the
 * result is known. So the cost of a filter is at most its number of combinations, even if it is deep or if its parts
 * are used many times.
 */
export function compileTest<T>(root: FilterNode, find: FieldFinder<T>): Test<T> {
  const ordered = combinations(root);
  const tests = new Map(selectors(root).map((node): [FilterNode, Test<T>] => [node, selectorTest(node, find)]));
  return (record) => {
    const results = new Map<FilterNode, boolean>();
    const holds = (node: FilterNode) => results.get(node) ?? tests.get(node)?.(record) ?? false;
    for (const node of ordered) {
      results.set(node, node.op === "and" ? node.members.every(holds) : node.members.some(holds));
    }
    return holds(root);
  };
}

/** How each operator compares the selector's value with the field's text, which is "" if the field is absent. */
const COMPARE: Readonly<Record<Operator, (value: string) => Test<string>>> = {
  "": () => (text) => text !== "",
  "==": (value) => (text) => text === value && text !== "",
  "!=": (value) => (text) => text !== value,
  "~=": (value) => compileRegexp(value).test,
};

function selectorTest<T>({ path, op, value }: Selector, find: FieldFinder<T>): Test<T> {
  const read = find(path);
  const test = COMPARE[op](value);
  return (record) => test(read?.(record) || "");
}
