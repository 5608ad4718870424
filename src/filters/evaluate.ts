import { COMPARE } from "./compare.js";
import { type Combination, type FilterNode, fold, type Selector } from "./filter-node.js";

/** Reads a field of a record. `undefined` and "" both mean that the record does not have it. */
export type FieldReader<T> = (record: T) => string | undefined;

/** Finds the field at a path; `undefined` if no record has such a field. */
type FieldFinder<T> = (path: readonly string[]) => FieldReader<T> | undefined;

/** Tests a part of a filter; `results` are those of the combinations inside it. */
type Test<T> = (record: T, results: readonly boolean[]) => boolean;

/**
 * Turns a filter into a test of records.
 *
 * Each combination is computed once, after the combinations inside it, and its other members are skipped as soon as the
 * result is known. So the cost of a filter is at most its number of combinations, even if it is deep or if its parts
 * are used many times.
 */
export function compileTest<T>(root: FilterNode, find: FieldFinder<T>): (record: T) => boolean {
  const tests: Test<T>[] = []; // of the combinations
  const joinTests = (combination: Combination, parts: readonly Test<T>[]): Test<T> => {
    const index = tests.push(combinationTest(combination, parts, find)) - 1;
    return (_, results) => results[index] === true;
  };
  const test = fold(root, (selector) => selectorTest(selector, find), joinTests);
  return (record) => {
    const results: boolean[] = [];
    for (const each of tests) results.push(each(record, results));
    return test(record, results);
  };
}

function selectorTest<T>({ path, op, value }: Selector, find: FieldFinder<T>): Test<T> {
  const read = find(path);
  const { test } = COMPARE[op](value);
  return (record) => test(read?.(record) || "");
}

function combinationTest<T>({ op, members }: Combination, parts: readonly Test<T>[], find: FieldFinder<T>): Test<T> {
  if (op === "and") return joined(parts, false);
  const others = parts.filter((_, index) => members[index]?.op !== "==");
  return joined([...lookUps(members, find), ...others], true);
}

/** Joins tests; `decisive` is the result of one that makes the others needless. */
function joined<T>(tests: readonly Test<T>[], decisive: boolean): Test<T> {
  return (record, results) => {
    for (const test of tests) if (test(record, results) === decisive) return decisive;
    return !decisive;
  };
}

/** The `==` of an `or`, as one look-up for each field: a hundred names take as long as one. */
function lookUps<T>(members: readonly FilterNode[], find: FieldFinder<T>): Test<T>[] {
  const fields = new Map<string, { readonly read: FieldReader<T> | undefined; readonly values: Set<string> }>();
  for (const node of members) {
    if (node.op !== "==") continue;
    const key = JSON.stringify(node.path);
    const field = fields.get(key) ?? { read: find(node.path), values: new Set() };
    fields.set(key, field);
    field.values.add(node.value);
  }
  return [...fields.values()].map(({ read, values }) => (record) => {
    const text = read?.(record);
    return text ? values.has(text) : false;
  });
}
