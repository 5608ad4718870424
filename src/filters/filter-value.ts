import { compile } from "./compile.js";
import { refuse } from "./errors.js";
import { type Filter, treeOf } from "./filter.js";
import { type Combination, combine, type FilterNode, freeze, TREE } from "./filter-node.js";

class FilterValue implements Filter {
  readonly [TREE]: FilterNode;

  constructor(node: FilterNode) {
    this[TREE] = node;
    freeze(this);
  }

  and(other: Filter): Filter {
    return join("and", [this, other]);
  }

  or(other: Filter): Filter {
    return join("or", [this, other]);
  }

  toString(): string {
    try {
      return compile(this).join(" or ") || "all";
    } catch (error) {
      return String(error);
    }
  }

  toJSON(): string {
    return `${this}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Filter(${this})`;
  }
}

/** Makes the public value of a tree. */
export function filterOf(node: FilterNode): Filter {
  return new FilterValue(node);
}

/**
 * The filter that matches every record. No other function gives it by accident: `allOf()` without filters throws.
 *
 * @example
 * ```ts
 * compile(all); // => []
 * compile(all.and(field.name.equals("app:1"))); // => ['name=="app:1"']
 * compile(all.or(field.name.equals("app:1"))); // => []
 * ```
 */
export const all: Filter = filterOf(combine("and", []));

/**
 * The filter that matches a record if every one of `filters` does.
 *
 * @throws ValidationError without filters, or with something that is none
 *
 * @example
 * ```ts
 * compile(allOf(field.name.startsWith("app:"), field.label("env").absent())); // => ['name~="^app:",labels.env~="^$"']
 * allOf(); // throws ValidationError
 * ```
 */
export function allOf(...filters: readonly Filter[]): Filter {
  return join("and", filters, "allOf");
}

/**
 * The filter that matches a record if at least one of `filters` does.
 *
 * @throws ValidationError without filters, or with something that is none
 *
 * @example
 * ```ts
 * compile(anyOf(field.name.equals("app:1"), field.name.equals("app:2"))); // => ['name=="app:1"', 'name=="app:2"']
 * anyOf(); // throws ValidationError
 * ```
 */
export function anyOf(...filters: readonly Filter[]): Filter {
  return join("or", filters, "anyOf");
}

function join(op: Combination["op"], filters: readonly Filter[], method: string = op): Filter {
  if (filters.length === 0) refuse(method, "needs a filter; `all` is everything");
  const nodes = filters.map((filter) => treeOf(filter, method));
  return filterOf(combine(op, nodes));
}
