import { combine, type FilterNode, freeze, tree } from "./filter-node.js";
import { refuse } from "./rule.js";
import { stringsOf } from "./strings-of.js";

/**
 * A condition on image records: frozen, and safe to keep, combine, share and log.
 *
 * {@link field} and {@link parse} make one, {@link allOf} and {@link anyOf} join them, {@link all} is the one for
 * everything. It is only a description: nothing is sent before it is handed to a client.
 */
export interface Filter {
  /** The tree behind it, which only this package reads. */
  readonly [tree]: FilterNode;
  /**
   * Both filters have to match.
   *
   * @example
   * ```ts
   * const prod = field.label("env").equals("prod");
   * compile(prod.and(field.label("tier").present())); // => ['labels.env=="prod",labels.tier']
   * ```
   */
  and(other: Filter): Filter;
  /**
   * At least one of the filters has to match; `all.or(other)` is `all`.
   *
   * @example
   * ```ts
   * const prod = field.label("env").equals("prod");
   * compile(prod.or(field.label("tier").present())); // => ['labels.env=="prod"', "labels.tier"]
   * ```
   */
  or(other: Filter): Filter;
  /** What {@link compile} gives, joined by ` or `, or `all`: for logs, not for containerd. It never throws. */
  toString(): string;
}

class FilterValue implements Filter {
  readonly [tree]: FilterNode;

  constructor(node: FilterNode) {
    this[tree] = node;
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
      return stringsOf(this[tree]).join(" or ") || "all";
    } catch (error) {
      return String(error);
    }
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Filter(${this})`;
  }
}

/**
 * The filter that every record matches. It is never the result of leaving something out.
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
 * The filter that matches where every one of `filters` does.
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
 * The filter that matches where at least one of `filters` does.
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

function join(op: "and" | "or", filters: readonly Filter[], path: string = op): Filter {
  if (filters.length === 0) refuse(path, "needs a filter; `all` is everything");
  const nodes = filters.map((filter) => treeOf(filter, path));
  return filterOf(combine(op, nodes));
}

/**
 * Whether `value` is a {@link Filter}, of this or any other copy of the package.
 *
 * @example
 * ```ts
 * isFilter(field.name.present()); // => true
 * isFilter(field.name); // => false
 * ```
 */
export function isFilter(value: unknown): value is Filter {
  try {
    return (value as Partial<Filter> | null | undefined)?.[tree] !== undefined; // a property of anything may be asked for
  } catch {
    return false; // not of a revoked proxy
  }
}

/** Makes the public value of a tree. */
export function filterOf(node: FilterNode): Filter {
  return new FilterValue(node);
}

/** The tree of an argument that has to be a filter. */
export function treeOf(filter: Filter, path: string): FilterNode {
  return isFilter(filter) ? filter[tree] : refuse(path, "must be a filter");
}
