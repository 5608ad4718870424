/** How a selector compares its field; "" asks for its presence. */
export type Operator = "" | "==" | "!=" | "~=";

/**
 * One clause of a filter, as containerd reads it.
 *
 * Bytes of a filter that are not UTF-8 (written `\xff`) appear in `path` and `value` as lone surrogates U+DC80 to
 * U+DCFF, one for each byte. No image field can contain them.
 */
export interface Selector {
  readonly op: Operator;
  /** `["labels", "env"]`, or any path that the grammar allows, known to the server or not. */
  readonly path: readonly string[];
  /** Unquoted; "" where there is no operator. */
  readonly value: string;
}

/** Filters of which all, or any, have to match. An `and` of none is the filter for everything. */
export interface Combination {
  readonly op: "and" | "or";
  readonly members: readonly FilterNode[];
  /** Set on what `parse` made of several strings: it compiles back, however many there were. */
  readonly parsed?: true | undefined;
}

export type FilterNode = Selector | Combination;

/** Key under which a filter keeps its tree; the same in every copy of this package. */
export const tree: unique symbol = Symbol.for("containerd-images.filter");

/** By a short name, because it is needed so often. */
export const { freeze } = Object;

/** `path` becomes part of it and is frozen. */
export function selector(path: readonly string[], op: Operator = "", value = ""): Selector {
  return freeze({ op, path: freeze(path), value });
}

/** Joins filters. The one for everything is left out of an `and`, and swallows an `or`: it is never inside another. */
export function combine(op: "and" | "or", nodes: readonly FilterNode[], parsed?: true): FilterNode {
  const members = nodes.filter((node) => !isEverything(node));
  if (op === "or" && members.length < nodes.length) return combine("and", []);
  const [only] = members;
  if (only !== undefined && members.length === 1) return only;
  return freeze({ op, members: freeze(members), parsed });
}

export function isCombination(node: FilterNode): node is Combination {
  return "members" in node;
}

export function isEverything(node: FilterNode): boolean {
  return isCombination(node) && node.members.length === 0;
}

/**
 * Every combination below and with `root`, once, those inside before those around them.
 *
 * It keeps its own stack, because filters can be nested deeper than the call stack, and one can be part of many.
 */
export function combinations(root: FilterNode): Set<Combination> {
  const done = new Set<Combination>();
  const stack = [root].filter(isCombination);
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const height = stack.length;
    for (const member of node.members) {
      if (isCombination(member) && !done.has(member)) stack.push(member);
    }
    if (stack.length === height) done.add(node) && stack.pop();
  }
  return done;
}

/** Every selector of a filter, once. */
export function selectors(root: FilterNode): Selector[] {
  const nodes = new Set([root, ...[...combinations(root)].flatMap(({ members }) => members)]);
  return [...nodes].filter((node) => !isCombination(node));
}
