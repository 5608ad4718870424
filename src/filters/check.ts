import { type Filter, treeOf } from "./filter.js";
import { type Selector, selectors } from "./filter-node.js";
import { imageField } from "./image-field.js";
import { problemOfPattern } from "./pattern.js";
import { print } from "./print.js";
import { shorten } from "./shorten.js";

/** A selector that containerd accepts and answers with silence: as if no record had the field, or matched. */
export interface FilterIssue {
  /** The selector as it is sent. */
  readonly selector: string;
  /** The selector, shortened, and why it is silent. */
  readonly message: string;
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
 * check(parse('target.size=="10"')).length; // => 1
 * check(parse("target.mediaType~=index"))[0]?.message;
 * // => 'target.mediaType~="index": no record has this field; it is spelled target.mediatype'
 * check(field.label("env").absent()); // => []
 */
export function check(filter: Filter): FilterIssue[] {
  return selectors(treeOf(filter, "check")).flatMap(issuesOf);
}

function issuesOf(node: Selector): FilterIssue[] {
  const reasons = [problemOfPath(node.path), node.operator === "~=" ? problemOfRegexp(node.value) : undefined];
  return reasons.filter((reason) => reason !== undefined).map((reason) => issue(print(node), reason));
}

function issue(selector: string, reason: string): FilterIssue {
  return { selector, message: `${shorten(selector)}: ${reason}` };
}

const fields = "name, target.digest, target.mediatype, labels.<key> and annotations.<key>";

function problemOfPath(path: readonly string[]): string | undefined {
  if (imageField(path) !== undefined) return undefined;
  const isMediaType = /^target\.mediatype$/i.test(path.slice(0, 2).join("."));
  return `no record has this field; ${isMediaType ? "it is spelled target.mediatype" : `there are ${fields}`}`;
}

function problemOfRegexp(pattern: string): string | undefined {
  const problem = problemOfPattern(pattern);
  return problem === undefined ? undefined : `not a regexp of RE2: ${problem}`;
}
