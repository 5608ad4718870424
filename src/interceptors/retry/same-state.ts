import type { Descriptor, Image, Labels, WritableField } from "../../image.js";
import type { Request } from "../../rpc/request.js";

/** How a stored record compares with what a create or update asked for. */
export type Match = "same" | "same-but-for-cri" | "different";

/** Compares the parts of `found` that the request was about. */
export function matchOf({ image, maskPaths }: Request, found: Image): Match {
  // Without a mask everything that a writer can write was asked for.
  const paths = maskPaths.length > 0 ? maskPaths : Object.keys(comparisons);
  return worst(paths.map((path) => matchAt(path, image, found)));
}

function matchAt(path: string, wanted: Image, found: Image): Match {
  const dot = path.indexOf(".");
  const [field, key] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  // Of the target, the server knows one more path.
  if (field === "annotations")
    return sameOrNot(differingKeys(wanted.target.annotations, found.target.annotations, key).length === 0);
  return Object.hasOwn(comparisons, field) ? comparisons[field as keyof Comparisons](wanted, found, key) : "different";
}

/** How to compare what a writer can change; `key` is one entry of a map. */
type Comparisons = {
  readonly [Field in WritableField]: (wanted: Image, found: Image, key: string | undefined) => Match;
};

const comparisons: Comparisons = {
  target: ({ target }, found) => sameOrNot(isSameTarget(target, found.target)),
  labels: ({ labels }, found, key) => labelMatch(labels, found.labels, key),
};

/**
 * What containerd's CRI plugin writes on every record in its namespace, milliseconds after it was made or after the
 * label was taken away.
 */
const CRI_LABELS: ReadonlyMap<string, string> = new Map([
  ["io.cri-containerd.image", "managed"],
  ["io.cri-containerd.pinned", "pinned"],
]);

function labelMatch(wanted: Labels, found: Labels, key: string | undefined): Match {
  const differing = differingKeys(wanted, found, key);
  if (differing.length === 0) return "same";
  const isCris = (each: string) => entryOf(wanted, each) === "" && entryOf(found, each) === CRI_LABELS.get(each);
  return differing.every(isCris) ? "same-but-for-cri" : "different";
}

const sameInTarget: { readonly [Field in keyof Descriptor]: (wanted: Descriptor, found: Descriptor) => boolean } = {
  mediaType: ({ mediaType }, found) => mediaType === found.mediaType,
  digest: ({ digest }, found) => digest === found.digest,
  size: ({ size }, found) => size === found.size,
  annotations: ({ annotations }, found) => differingKeys(annotations, found.annotations, undefined).length === 0,
};

function isSameTarget(wanted: Descriptor, found: Descriptor): boolean {
  return Object.values(sameInTarget).every((isSame) => isSame(wanted, found));
}

function differingKeys(wanted: Labels, found: Labels, key: string | undefined): readonly string[] {
  const keys = key === undefined ? new Set([...Object.keys(wanted), ...Object.keys(found)]) : [key];
  return [...keys].filter((each) => entryOf(wanted, each) !== entryOf(found, each));
}

// An empty value is stored as no entry at all.
function entryOf(map: Labels, key: string): string {
  return Object.hasOwn(map, key) ? (map[key] ?? "") : "";
}

function sameOrNot(isSame: boolean): Match {
  return isSame ? "same" : "different";
}

function worst(matches: readonly Match[]): Match {
  if (matches.includes("different")) return "different";
  return matches.includes("same-but-for-cri") ? "same-but-for-cri" : "same";
}
