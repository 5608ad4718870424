import { imageAnswer } from "../codec/answers.js";
import { imageNameOf } from "../codec/peek.js";
import { encodeGet } from "../codec/requests.js";
import { fieldsOf } from "../codec/scan.js";
import { type ErrorCode, ImagesError } from "../errors.js";
import type { Image, Labels } from "../image.js";
import type { Call } from "../wire/call.js";
import { GET, type Method } from "../wire/method.js";
import type { Decoder, Wire } from "../wire/wire.js";

/** The state is what was asked for. */
export interface Applied {
  readonly state: "applied";
  /** The bytes that the lost answer would have had. */
  readonly answer: Uint8Array;
  /** The record; none after a delete. */
  readonly image?: Image;
}

/**
 * What reading back has shown.
 *
 * - `absent`: there is no such record.
 * - `present`: there is a record, and it is not what was asked for.
 * - `unclear`: the read itself failed; `code` says how.
 */
export type Finding =
  | Applied
  | { readonly state: "absent" }
  | { readonly state: "present"; readonly image: Image }
  | { readonly state: "unclear"; readonly error: ImagesError };

/** Reads the record that a create, update or delete was about, and compares it with what was asked for. */
export async function readBack(wire: Wire, method: Method, request: Uint8Array, call: Call): Promise<Finding> {
  try {
    const get = encodeGet(imageNameOf(method, request) ?? "");
    const { answer, image } = await wire.unary(GET, get, call, answerAndImage);
    return isWanted(method, request, image) ? { state: "applied", answer, image } : { state: "present", image };
  } catch (error) {
    if (!(error instanceof ImagesError)) throw error;
    if (error.code !== ("not_found" satisfies ErrorCode)) return { state: "unclear", error };
    return method.name === "delete" ? { state: "applied", answer: new Uint8Array() } : { state: "absent" };
  }
}

const answerAndImage: Decoder<{ readonly answer: Uint8Array; readonly image: Image }> = {
  whole: (answer) => ({ answer, image: imageAnswer.whole(answer) }),
};

function isWanted(method: Method, request: Uint8Array, found: Image): boolean {
  if (method.name === "delete") return false;
  const wanted = imageAnswer.whole(request);
  const paths = fieldsOf(request, 2).flatMap((mask) => fieldsOf(mask, 1).map((path) => path.toString()));
  const isMasked = method.name === "update" && paths.length > 0;
  return (isMasked ? paths : ["target", "labels"]).every((path) => isPathWanted(path, wanted, found));
}

function isPathWanted(path: string, wanted: Image, found: Image): boolean {
  const dot = path.indexOf(".");
  const [field, key] = dot < 0 ? [path, undefined] : [path.slice(0, dot), path.slice(dot + 1)];
  switch (field) {
    case "labels":
      return sameEntries(wanted.labels, found.labels, key);
    case "annotations":
      return sameEntries(wanted.target.annotations, found.target.annotations, key);
    case "target":
      return sameTarget(wanted.target, found.target);
    default:
      return false;
  }
}

function sameTarget(wanted: Image["target"], found: Image["target"]): boolean {
  return (
    wanted.digest === found.digest &&
    wanted.mediaType === found.mediaType &&
    wanted.size === found.size &&
    sameEntries(wanted.annotations, found.annotations, undefined)
  );
}

// An empty value is stored as no entry at all.
function sameEntries(wanted: Labels, found: Labels, key: string | undefined): boolean {
  const keys = key === undefined ? new Set([...Object.keys(wanted), ...Object.keys(found)]) : [key];
  for (const each of keys) if (entryOf(wanted, each) !== entryOf(found, each)) return false;
  return true;
}

function entryOf(map: Labels, key: string): string {
  return Object.hasOwn(map, key) ? (map[key] ?? "") : "";
}
