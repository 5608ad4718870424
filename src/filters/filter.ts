import { compile } from "./compile.js";
import { combine, everything, type FilterNode, tree } from "./filter-node.js";
import { kindOf, refuse } from "./rule.js";

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
   * const prod = field.label("env").equals("prod");
   * compile(prod.and(field.label("tier").present())); // => ['labels.env=="prod",labels.tier']
   */
  and(other: Filter): Filter;
  /**
   * At least one of the filters has to match; `all.or(other)` is `all`.
   *
   * @example
   * const prod = field.label("env").equals("prod");
   * compile(prod.or(field.label("tier").present())); // => ['labels.env=="prod"', "labels.tier"]
   */
  or(other: Filter): Filter;
  /** What {@link compile} gives, joined by ` or `: for logs, not for containerd. It never throws. */
  toString(): string;
}

class FilterValue implements Filter {
  readonly [tree]: FilterNode;

  constructor(node: FilterNode) {
    this[tree] = node;
    Object.freeze(this);
  }

  and(other: Filter): Filter {
    return filterOf(combine("and", [this[tree], treeOf(other, "and")]));
  }

  or(other: Filter): Filter {
    return filterOf(combine("or", [this[tree], treeOf(other, "or")]));
  }

  toString(): string {
    if (this[tree].kind === "all") return "all";
    try {
      return compile(this).join(" or ");
    } catch (error) {
      return `(${error instanceof Error ? error.message : error})`;
    }
  }

  toJSON(): string {
    return this.toString();
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `Filter(${this})`;
  }
}

/**
 * The filter that every record matches. It is never the result of leaving something out.
 *
 * @example
 * compile(all); // => []
 * compile(all.and(field.name.equals("app:1"))); // => ['name=="app:1"']
 * compile(all.or(field.name.equals("app:1"))); // => []
 */
export const all: Filter = new FilterValue(everything);

/**
 * The filter that matches where every one of `filters` does.
 *
 * @throws ValidationError without filters, or with something that is none
 *
 * @example
 * compile(allOf(field.name.startsWith("app:"), field.label("env").absent())); // => ['name~="^app:",labels.env~="^$"']
 * allOf(); // throws ValidationError
 */
export function allOf(...filters: readonly Filter[]): Filter {
  return join("and", "allOf", filters);
}

/**
 * The filter that matches where at least one of `filters` does.
 *
 * @throws ValidationError without filters, or with something that is none
 *
 * @example
 * compile(anyOf(field.name.equals("app:1"), field.name.equals("app:2"))); // => ['name=="app:1"', 'name=="app:2"']
 * anyOf(); // throws ValidationError
 */
export function anyOf(...filters: readonly Filter[]): Filter {
  return join("or", "anyOf", filters);
}

function join(kind: "and" | "or", path: string, filters: readonly Filter[]): Filter {
  if (filters.length === 0) refuse(path, "needs at least one filter; `all` is the filter for everything");
  return filterOf(
    combine(
      kind,
      filters.map((filter, index) => treeOf(filter, `${path}[${index}]`)),
    ),
  );
}

/** Whether `value` is a {@link Filter}, of this or any other copy of the package. */
export function isFilter(value: unknown): value is Filter {
  return typeof value === "object" && value !== null && tree in value;
}

export function filterOf(node: FilterNode): Filter {
  return new FilterValue(node);
}

/** The tree of an argument that has to be a filter. */
export function treeOf(filter: Filter, path: string): FilterNode {
  if (isFilter(filter)) return filter[tree];
  return refuse(path, `must be a filter, such as field.name.present(), not ${kindOf(filter)}`);
}
