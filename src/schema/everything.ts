import { compileTest } from "../filters/evaluate.js";
import { type FilterNode, fold, type Selector } from "../filters/filter-node.js";
import { imageField, type MatchableImage } from "../filters/image-field.js";

/** A regular expression that no letter can decide: what it matches depends on the length of the text. */
const ONLY_LENGTH = /^(?:\(\?:|[\^$.*+?()|{},\d])*$/;

/** Records with nothing but the fields that every record has, in several lengths. */
const RECORDS = [1, 2, 3, 4, 5, 255].map((length): MatchableImage => {
  const text = "x".repeat(length);
  return { name: text, target: { digest: text, mediaType: text } };
});

/**
 * Whether a filter certainly matches every record, as `all`, `name`, `name!=""` and `name~=".*"` do. Filters that
 * do so for another reason, such as `anyOf` of a label that is present and absent, are not recognised.
 */
export function isEverything(root: FilterNode): boolean {
  return fold(root, alwaysMatches, ({ op }, members) =>
    op === "and" ? members.every(Boolean) : members.some(Boolean),
  );
}

// For every other selector there can be a record that it does not match.
function alwaysMatches(selector: Selector): boolean {
  const { op, value } = selector;
  const isLoose = op === "~=" ? ONLY_LENGTH.test(value) : value === "";
  return isLoose && RECORDS.every(compileTest(selector, imageField));
}
