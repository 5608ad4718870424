import { refuse } from "./errors.js";
import { type FilterNode, TREE } from "./filter-node.js";

/**
 * A condition on image records: frozen, and safe to keep, combine, share and log.
 *
 * {@link field} and {@link parse} make filters, {@link allOf} and {@link anyOf} join them, and {@link all} matches
 * every record. A filter is only a description: nothing is sent before a client gets it.
 */
export interface Filter {
  /**
   * The tree behind it, which only this package reads. In the published types, the symbol of one build or version would
   * not be that of another.
   *
   * @internal
   */
  readonly [TREE]: FilterNode;
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
  /**
   * The same text, so that a filter in a JSON log is not `{}`. Use {@link compile} for the strings that are sent.
   *
   * @example
   * ```ts
   * JSON.stringify({ filter: field.name.equals("app:1") }); // => '{"filter":"name==\\"app:1\\""}'
   * ```
   */
  toJSON(): string;
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
    return (value as Partial<Filter> | null | undefined)?.[TREE] !== undefined;
  } catch {
    return false; // a revoked proxy throws
  }
}

/** The tree of an argument that has to be a filter. */
export function treeOf(filter: Filter, path: string): FilterNode {
  return isFilter(filter) ? filter[TREE] : refuse(path, "must be a filter");
}
