import type { Image, Labels, WritableField } from "../../image.js";
import { CRI_LABELS } from "../../labels.js";
import type { Request } from "../../rpc/request.js";
import { differingKeys, entryOf, isSameDescriptor } from "../../util/equality.js";

/** How a stored record compares with the record in a create or update. */
export type Match = "same" | "same-but-for-cri" | "different";

/** Compares the parts of `found` that the request writes. */
export function matchOf({ image, maskPaths }: Request, found: Image): Match {
  // Without a mask the request writes all fields.
  const paths = maskPaths.length > 0 ? maskPaths : Object.keys(COMPARISONS);
  return worst(paths.map((path) => matchAt(path, image, found)));
}

function matchAt(path: string, wanted: Image, found: Image): Match {
  const dot = path.indexOf(".");
  const [field, key] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  // The mask path `annotations` stands for a part of the target; it is no field of a record.
  if (field === "annotations")
    return sameOrNot(differing(wanted.target.annotations, found.target.annotations, key).length === 0);
  return Object.hasOwn(COMPARISONS, field) ? COMPARISONS[field as keyof Comparisons](wanted, found, key) : "different";
}

/** How to compare each field that a writer can change; `key` names one entry of a map. */
type Comparisons = {
  readonly [Field in WritableField]: (wanted: Image, found: Image, key: string | undefined) => Match;
};

const COMPARISONS: Comparisons = {
  target: ({ target }, found) => sameOrNot(isSameDescriptor(target, found.target, isStoredAlike)),
  labels: ({ labels }, found, key) => labelMatch(labels, found.labels, key),
};

function labelMatch(wanted: Labels, found: Labels, key: string | undefined): Match {
  const keys = differing(wanted, found, key);
  if (keys.length === 0) return "same";
  const isCris = (each: string) => entryOf(wanted, each) === "" && entryOf(found, each) === CRI_LABELS.get(each);
  return keys.every(isCris) ? "same-but-for-cri" : "different";
}

function differing(wanted: Labels, found: Labels, key: string | undefined): readonly string[] {
  if (key === undefined) return differingKeys(wanted, found);
  return entryOf(wanted, key) === entryOf(found, key) ? [] : [key];
}

// The server stores no entry with an empty value.
function isStoredAlike(wanted: Labels, found: Labels): boolean {
  return differingKeys(wanted, found).length === 0;
}

function sameOrNot(isSame: boolean): Match {
  return isSame ? "same" : "different";
}

function worst(matches: readonly Match[]): Match {
  if (matches.includes("different")) return "different";
  return matches.includes("same-but-for-cri") ? "same-but-for-cri" : "same";
}
