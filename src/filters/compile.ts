import { type Filter, treeOf } from "./filter.js";
import { stringsOf } from "./strings-of.js";

/**
 * The strings that a client sends for a filter: a record matches if it matches one of them, and each is a list of
 * selectors of which all have to match. Every containerd since 1.2.7 reads them the same way.
 *
 * `or` inside `and` multiplies: `(a or b) and (c or d)` takes four strings.
 *
 * @returns no strings for {@link all}, which containerd reads as everything
 * @throws ValidationError when it takes more than 256 strings; what {@link parse} read compiles back whatever its length
 *
 * @example
 * ```ts
 * const env = field.label("env");
 * compile(env.equals("prod").or(env.equals("dev")).and(field.name.startsWith("app:")));
 * // => ['labels.env=="prod",name~="^app:"', 'labels.env=="dev",name~="^app:"']
 * ```
 */
export function compile(filter: Filter): string[] {
  return stringsOf(treeOf(filter, "compile"));
}
