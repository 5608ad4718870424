import { printable } from "../util/printable.js";
import { COMPARE } from "./compare.js";
import { print } from "./compile.js";
import { shorten } from "./errors.js";
import { type Filter, treeOf } from "./filter.js";
import { type Selector, selectors } from "./filter-node.js";
import { imageField } from "./image-field.js";
import type { Problem } from "./regexp/dialect.js";

/**
 * A selector that does not do what it seems to say: containerd reports no error, and acts as if no record had the
 * field, or matched the pattern.
 *
 * @example
 * ```ts
 * const issues: readonly FilterIssue[] = check(parse("image==alpine,name==app"));
 * issues.map(({ selector }) => selector); // => ['image=="alpine"']
 * ```
 */
export interface FilterIssue {
  /** The selector as it is sent. */
  readonly selector: string;
  /** The selector, shortened and escaped as `printable` does, and what is wrong with it. */
  readonly message: string;
  /**
   * The series of containerd that have the problem, as Debian builds them: `["1.6", "1.7"]`. Left out if all have it.
   */
  readonly versions?: readonly string[] | undefined;
}

/**
 * Lists the selectors that containerd accepts without an error, but that do not do what they seem to say: they have a
 * field that no record has, or a regexp that the server's Go cannot read. A client refuses to send such a filter.
 *
 * The filter builder makes no such selector; {@link parse} can.
 *
 * @throws ValidationError if `filter` is not a filter
 *
 * @example
 * ```ts
 * check(parse("target.size==10"));
 * // => [{ selector: 'target.size=="10"', message: 'target.size=="10": no record has this field' }]
 * check(parse('name~="a(?!b)"')).map(({ message }) => message);
 * // => ['name~="a(?!b)": RE2 has no look-around']
 * check(field.label("env").absent()); // => []
 * ```
 */
export function check(filter: Filter): FilterIssue[] {
  return selectors(treeOf(filter, "check")).flatMap(issuesOf);
}

function issuesOf(node: Selector): FilterIssue[] {
  const selector = print(node);
  const fieldProblem: Problem = imageField(node.path) ? {} : { problem: "no record has this field" };
  return [fieldProblem, COMPARE[node.op](node.value)].flatMap(({ problem, versions }) =>
    problem ? { selector, message: printable(`${shorten(selector)}: ${problem}`), ...(versions && { versions }) } : [],
  );
}
