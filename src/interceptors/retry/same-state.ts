import { imageResponse } from "../../codec/responses.js";
import { fieldsOf } from "../../codec/scan.js";
import type { Descriptor, Image, Labels } from "../../image.js";
import { type Method, UPDATE } from "../../rpc/method.js";

/** How a stored record compares with what a create or update asked for. */
export type Match = "same" | "same-but-for-cri" | "different";

/** Compares the parts of `found` that the request was about. */
export function matchOf(method: Method, request: Uint8Array, found: Image): Match {
  // A request to create or update has its image in field 1, as an answer does.
  const wanted = imageResponse.whole(request);
  return worst(pathsOf(method, request).map((path) => matchAt(path, wanted, found)));
}

// Without a mask everything that a writer can write was asked for.
function pathsOf(method: Method, request: Uint8Array): readonly string[] {
  const mask = method === UPDATE ? fieldsOf(request, 2).flatMap((each) => fieldsOf(each, 1)) : [];
  return mask.length > 0 ? mask.map((path) => path.toString()) : ["target", "labels"];
}

function matchAt(path: string, wanted: Image, found: Image): Match {
  const dot = path.indexOf(".");
  const [field, key] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  switch (field) {
    case "labels":
      return labelMatch(wanted.labels, found.labels, key);
    case "annotations":
      return sameOrNot(differingKeys(wanted.target.annotations, found.target.annotations, key).length === 0);
    case "target":
      return sameOrNot(isSameTarget(wanted.target, found.target));
    default:
      return "different";
  }
}

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

function isSameTarget(wanted: Descriptor, found: Descriptor): boolean {
  return (
    wanted.digest === found.digest &&
    wanted.mediaType === found.mediaType &&
    wanted.size === found.size &&
    differingKeys(wanted.annotations, found.annotations, undefined).length === 0
  );
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
