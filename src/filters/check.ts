import { type Filter, treeOf } from "./filter.js";
import { type Selector, selectors } from "./filter-node.js";
import { imageField } from "./image-field.js";
import { print } from "./print.js";
import { compileRegexp } from "./re2.js";
import { shorten } from "./shorten.js";

/**
 * A selector that containerd accepts and answers with silence: as if no record had the field, or matched.
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
  /** The selector, shortened, and why it is silent. */
  readonly message: string;
  /** The series that are silent, such as `["1.6", "1.7"]`, as Debian builds them; all of them where it is left out. */
  readonly versions?: readonly string[] | undefined;
}

/**
 * Lists the selectors that some containerd does not mean as they look: an unknown field, a path that no record has, a
 * regexp that Go cannot read. It answers them with silence, not with an error; a client refuses to send them.
 *
 * The filter builder makes none of these; {@link parse} does.
 *
 * @throws ValidationError for something that is no filter
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
  const unknown = imageField(node.path) ? undefined : "no record has this field";
  const { problem, versions } = node.op === "~=" ? compileRegexp(node.value) : {};
  const issue = (why: string | undefined, more?: Pick<FilterIssue, "versions">) =>
    why ? [{ selector, message: `${shorten(selector)}: ${why}`, ...more }] : [];
  return [...issue(unknown), ...issue(problem, versions && { versions })];
}
