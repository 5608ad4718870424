import type { Labels } from "../image.js";
import type { FieldReader } from "./evaluate.js";

/**
 * The record that {@link matches} reads: any `Image` or `NewImage`.
 *
 * @example
 * ```ts
 * const image: MatchableImage = { name: "app:1", target: { digest: "sha256:0a", mediaType: "" } };
 * matches(field.label("env").absent(), image); // => true
 * matches(field.target.digest.equals("sha256:0b"), image); // => false
 * ```
 */
export interface MatchableImage {
  readonly name: string;
  readonly labels?: Labels | undefined;
  readonly target: {
    readonly digest: string;
    readonly mediaType: string;
    readonly annotations?: Labels | undefined;
  };
}

/**
 * The field that containerd finds at a path; `undefined` if it never finds one.
 *
 * Like containerd, it ignores what follows `name`, `target.digest` and `target.mediatype`, and joins the parts of a key
 * with dots.
 */
export function imageField([field, ...rest]: readonly string[]): FieldReader<MatchableImage> | undefined {
  const key = rest.join(".");
  if (field === "name") return ({ name }) => name;
  if (field === "labels" && key) return ({ labels }) => valueIn(labels, key);
  if (field === "annotations" && key) return ({ target }) => valueIn(target.annotations, key);
  if (field === "target" && rest[0] === "digest") return ({ target }) => target.digest;
  return field === "target" && rest[0] === "mediatype" ? ({ target }) => target.mediaType : undefined;
}

function valueIn(labels: Labels | undefined, key: string): string | undefined {
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
