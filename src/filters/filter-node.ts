/** How a selector compares its field; `present` has no operator in the text. */
export type Operator = "present" | "==" | "!=" | "~=";

/**
 * One clause of a filter, as containerd reads it.
 *
 * Bytes of a filter that are not UTF-8 (written `\xff`) appear in `path` and `value` as lone surrogates U+DC80 to
 * U+DCFF, one for each byte. No image field can contain them.
 */
export interface Selector {
  readonly kind: "selector";
  /** `["labels", "env"]`, or any path that the grammar allows, known to the server or not. */
  readonly path: readonly string[];
  readonly operator: Operator;
  /** Unquoted; empty when the operator is `present`. */
  readonly value: string;
}

/** Two or more filters of which all, or any, have to match. */
export interface Combination {
  readonly kind: "and" | "or";
  readonly members: readonly FilterNode[];
  /** Set on what `parse` made of several strings: it compiles back, however many there were. */
  readonly parsed?: true | undefined;
}

/** The filter for everything; never inside a {@link Combination}. */
export interface Everything {
  readonly kind: "all";
}

export type FilterNode = Selector | Combination | Everything;

/** Key under which a filter keeps its tree; the same in every copy of this package. */
export const tree: unique symbol = Symbol.for("containerd-images.filter");

export const everything: Everything = Object.freeze({ kind: "all" });

/** `path` becomes part of it and is frozen. */
export function selector(path: readonly string[], operator: Operator, value = ""): Selector {
  return Object.freeze({ kind: "selector", path: Object.freeze(path), operator, value });
}

/** `members` become part of it and are frozen. */
export function combination(kind: "and" | "or", members: readonly FilterNode[], parsed?: true): Combination {
  return Object.freeze({ kind, members: Object.freeze(members), parsed });
}

/** Joins filters; `all` is left out of an `and` and swallows an `or`. */
export function combine(kind: "and" | "or", nodes: readonly FilterNode[]): FilterNode {
  if (kind === "or" && nodes.some((node) => node.kind === "all")) return everything;
  const members = [...new Set(nodes)].filter((node) => node.kind !== "all");
  return members.length > 1 ? combination(kind, members) : (members[0] ?? everything);
}

// What follows keeps its own stack, because filters can be nested deeper than the call stack, and visits a combination
// once, because a filter can be part of many.

/** Every combination below and with `root`, those inside before those around them. */
export function combinations(root: FilterNode): Combination[] {
  const done = new Set<Combination>();
  const stack = [root].filter(isCombination);
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const pending = done.has(node) ? [] : node.members.filter(isCombination).filter((member) => !done.has(member));
    if (pending.length === 0) done.add(node) && stack.pop();
    else for (const member of pending) stack.push(member);
  }
  return [...done];
}

/** The members of a chain such as `a.and(b).and(c)`: what is below `root` after all combinations of its own kind. */
export function chain(root: Combination): FilterNode[] {
  return leaves(root, (node) => node.kind === root.kind);
}

/** The selectors of a filter from left to right. */
export function selectors(root: FilterNode): Selector[] {
  return leaves(root, isCombination).filter((node) => node.kind === "selector");
}

function leaves(root: FilterNode, isInner: (node: FilterNode) => boolean): FilterNode[] {
  const seen = new Set<FilterNode>();
  const found: FilterNode[] = [];
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (!isCombination(node) || !isInner(node)) found.push(node);
    else if (!seen.has(node)) for (const member of seen.add(node) && node.members.toReversed()) stack.push(member);
  }
  return found;
}

export function isCombination(node: FilterNode): node is Combination {
  return node.kind === "and" || node.kind === "or";
}
