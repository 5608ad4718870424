/**
 * How a selector compares its field. "" stands for no operator: the selector asks whether the field is present.
 *
 * A new operator does not compile before each file that decides by the operator knows it.
 */
export type Operator = "" | "==" | "!=" | "~=";

/** The operators that compare the field with a value. */
export type Comparison = Exclude<Operator, "">;

/**
 * One clause of a filter, as containerd reads it.
 *
 * A filter can contain bytes that are not UTF-8 (written `\xff`). In `path` and `value`, each such byte is a lone
 * surrogate from U+DC80 to U+DCFF. No image field can contain one.
 */
export interface Selector {
  readonly op: Operator;
  /** For example `["labels", "env"]`; any path that the grammar allows, whether a record has the field or not. */
  readonly path: readonly string[];
  /** Without quotes; "" where there is no operator. */
  readonly value: string;
  /** Only a combination has it. */
  readonly parsed?: undefined;
}

/** Joins filters: all of them have to match, or any of them. An `and` without members matches every record. */
export interface Combination {
  readonly op: "and" | "or";
  readonly members: readonly FilterNode[];
  /** Set by `parse`. Such a filter compiles to as many strings as were parsed, without a limit. */
  readonly parsed?: true | undefined;
}

export type FilterNode = Selector | Combination;

/** Key under which a filter keeps its tree. Every copy of this package uses the same key. */
export const TREE: unique symbol = Symbol.for("containerd-images.filter");

/** Filters are values: what a filter is made of never changes. */
export const { freeze } = Object;

/** Makes a selector; it freezes `path`. */
export function selector(path: readonly string[], op: Operator = "", value = ""): Selector {
  return freeze({ op, path: freeze(path), value });
}

/** A combination of so many members stays one member of another, so that a chain of `or` takes linear time to build. */
const MAX_JOINED = 256;

/**
 * Joins filters.
 *
 * The filter that matches every record is never a member: `and` leaves it out, and an `or` with it matches every
 * record. The members of an `or` inside an `or` become its own, and so with `and`.
 */
export function combine(op: Combination["op"], nodes: readonly FilterNode[], parsed?: true): FilterNode {
  if (op === "or" && nodes.some(matchesAll)) return combine("and", []);
  const members = nodes.flatMap((node) => (node.op === op && node.members.length < MAX_JOINED ? node.members : [node]));
  const [first] = members;
  if (first && members.length === 1) return first;
  return freeze({ op, members: freeze(members), parsed });
}

export function isCombination(node: FilterNode): node is Combination {
  return "members" in node;
}

export function matchesAll(node: FilterNode): boolean {
  return isCombination(node) && node.members.length === 0;
}

/**
 * Computes a value for a tree from the values of its parts: of each node once, from left to right, and of a combination
 * after its members.
 *
 * It does not recurse, because a filter can be nested deeper than the call stack allows.
 */
export function fold<T>(
  root: FilterNode,
  leaf: (selector: Selector) => T,
  join: (combination: Combination, values: readonly T[]) => T,
): T {
  const values = new Map<FilterNode, T>();
  const partOf = (node: FilterNode) => values.get(node) as T;
  const stack = [root];
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    const members = isCombination(node) ? node.members : [];
    const waiting = members.filter((member) => !values.has(member));
    for (const member of waiting.reverse()) stack.push(member);
    if (waiting.length > 0) continue;
    stack.pop();
    if (values.has(node)) continue; // a member that is there twice
    values.set(node, isCombination(node) ? join(node, members.map(partOf)) : leaf(node));
  }
  return partOf(root);
}

/** Every selector of a tree, once. */
export function selectors(root: FilterNode): Selector[] {
  const found: Selector[] = [];
  fold(
    root,
    (selector) => found.push(selector),
    () => 0,
  );
  return found;
}
