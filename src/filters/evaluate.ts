import { type Combination, combinations, type FilterNode, isCombination } from "./filter-node.js";
import type { Reader } from "./image-field.js";
import { compileRegexp, type Regexp } from "./re2.js";

type Test<T> = (record: T) => boolean;

/** Finds the field at a path; `undefined` where there never is one. */
export type FieldFinder<T> = (path: readonly string[]) => Reader<T> | undefined;

/** Two earlier steps, of which the second counts only where the first did not come out as `decisive`. */
interface Join {
  readonly left: number;
  readonly right: number;
  readonly decisive: number;
}

type Step<T> = Test<T> | Join;

const open = 0;
const no = 1;
const yes = 2;

/**
 * Turns a filter into a test of records.
 *
 * The selectors of a combination become one step, and so does every join of two steps. A step is taken at most once for
 * a record, and only if it can matter, so that neither depth nor sharing costs more than their number.
 */
export function compileTest<T>(root: FilterNode, find: FieldFinder<T>): Test<T> {
  const steps: Step<T>[] = [];
  const places = new Map<FilterNode, number>();
  for (const node of combinations(root)) {
    const decisive = node.kind === "and" ? no : yes;
    const join = (left: number, right: number) => steps.push({ left, right, decisive }) - 1;
    const leaves = node.members.some((member) => !isCombination(member)) ? [steps.push(leavesTest(node, find)) - 1] : [];
    const inner = node.members.filter(isCombination).map((member) => places.get(member) ?? 0);
    places.set(node, [...leaves, ...inner].reduce(join));
  }
  const [only] = steps;
  if (steps.length > 1) return (record) => run(steps, record);
  return typeof only === "function" ? only : leafTest(root, find);
}

function run<T>(steps: readonly Step<T>[], record: T): boolean {
  const states = new Uint8Array(steps.length);
  const stack = [steps.length - 1];
  for (let place = stack.at(-1); place !== undefined; place = stack.at(-1)) {
    const step = steps[place];
    const from = typeof step === "object" ? decider(step, states) : place;
    if (typeof step === "function") states[place] = step(record) ? yes : no;
    else states[place] = states[from] ?? open;
    if (states[place] === open) stack.push(from);
    else stack.pop();
  }
  return states.at(-1) === yes;
}

/** The step whose state a join takes over, and waits for while it is open. */
function decider({ left, right, decisive }: Join, states: Uint8Array): number {
  return states[left] === open || states[left] === decisive ? left : right;
}

function leavesTest<T>({ kind, members }: Combination, find: FieldFinder<T>): Test<T> {
  const tests = members.filter((member) => !isCombination(member)).map((leaf) => leafTest(leaf, find));
  return kind === "and" ? (record) => tests.every((test) => test(record)) : (record) => tests.some((test) => test(record));
}

function leafTest<T>(leaf: FilterNode, find: FieldFinder<T>): Test<T> {
  if (leaf.kind !== "selector") return () => true;
  const { path, operator, value } = leaf;
  const read = find(path) ?? (() => undefined);
  switch (operator) {
    case "present":
      return (record) => read(record) !== undefined;
    case "==":
      return (record) => read(record) === value;
    case "!=":
      return (record) => (read(record) ?? "") !== value;
    case "~=":
      return regexpTest(value, read);
  }
}

/** The regexp is compiled when first needed, and kept. */
function regexpTest<T>(pattern: string, read: Reader<T>): Test<T> {
  let regexp: Regexp | undefined;
  return (record) => {
    regexp ??= compileRegexp(pattern);
    return regexp.test(read(record) ?? "");
  };
}
