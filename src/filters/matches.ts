import { refuse } from "./errors.js";
import { compileTest } from "./evaluate.js";
import { type Filter, treeOf } from "./filter.js";
import type { FilterNode } from "./filter-node.js";
import { imageField, type MatchableImage } from "./image-field.js";

type Test = (image: MatchableImage) => boolean;

const tests = new WeakMap<FilterNode, Test>();

/**
 * Whether containerd would list this record for this filter. No server is asked.
 *
 * It agrees with `List` of containerd 1.6 and later on every filter that they all read in the same way, even on those
 * that match nothing by mistake (see {@link check}). The first call for a filter prepares it; later ones take about a
 * microsecond.
 *
 * @throws ValidationError if `filter` is not a filter, or `image` not a record
 *
 * @example
 * ```ts
 * const image = {
 *   name: "docker.io/library/alpine:3.20",
 *   labels: { env: "prod" },
 *   target: { mediaType: "application/vnd.oci.image.index.v1+json", digest: "sha256:0a", size: 1 },
 * };
 * matches(field.label("env").equals("prod"), image); // => true
 * matches(field.label("tier").notEquals("1"), image); // => true
 * matches(field.label("tier").presentAndNot("1"), image); // => false
 * ```
 */
export function matches(filter: Filter, image: MatchableImage): boolean {
  const root = treeOf(filter, "matches");
  if (!isRecord(image)) refuse("matches", "needs an image record");
  let test = tests.get(root);
  if (!test) {
    test = compileTest(root, imageField);
    tests.set(root, test);
  }
  return test(image);
}

function isRecord(image: MatchableImage): boolean {
  try {
    return typeof image?.name === "string" && Boolean(image.target);
  } catch {
    return false; // a revoked proxy throws
  }
}
