import type { Labels } from "../image.js";

/** What {@link matches} looks at: any `Image` or `NewImage`. */
export interface MatchableImage {
  readonly name: string;
  readonly labels?: Labels | undefined;
  readonly target: {
    readonly digest: string;
    readonly mediaType: string;
    readonly annotations?: Labels | undefined;
  };
}

/** Reads a field of a record; `undefined` says that the record does not have it. */
export type Reader<T> = (record: T) => string | undefined;

/**
 * The field that containerd finds at a path, or `undefined` where it never finds one.
 *
 * It ignores what follows `name`, `target.digest` and `target.mediatype`, and joins the rest of a key with dots.
 */
export function imageField([field, ...rest]: readonly string[]): Reader<MatchableImage> | undefined {
  const key = rest.join(".");
  if (field === "name") return ({ name }) => name || undefined;
  if (field === "target" && rest[0] === "digest") return ({ target }) => target.digest || undefined;
  if (field === "target" && rest[0] === "mediatype") return ({ target }) => target.mediaType || undefined;
  if (field === "labels" && key !== "") return ({ labels }) => entry(labels, key);
  if (field === "annotations" && key !== "") return ({ target }) => entry(target.annotations, key);
  return undefined;
}

/** An empty value counts as absent: containerd never stores one. */
function entry(labels: Labels | undefined, key: string): string | undefined {
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] || undefined : undefined;
}
