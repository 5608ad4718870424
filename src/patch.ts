import type { ImageFields } from "./codec/requests.js";
import type { Labels, NewDescriptor } from "./image.js";

const replacement = Symbol.for("containerd-images.replace-all");

/**
 * A map that takes the place of the stored one; made by {@link replaceAll}.
 *
 * @example
 * ```ts
 * const labels: ReplaceAll = replaceAll({ tier: "1" });
 * (await images.update("app:1", { labels })).labels; // => { tier: "1" }
 * ```
 */
export interface ReplaceAll {
  readonly entries: Labels;
}

/**
 * Entries to set, and with `null` entries to remove; or a whole new map.
 *
 * @example
 * ```ts
 * const labels: MapPatch = { tier: "1", env: null };
 * (await images.update("app:1", { labels })).labels; // => { tier: "1" }
 * ```
 */
export type MapPatch = Readonly<Record<string, string | null>> | ReplaceAll;

/**
 * What an update changes; everything that is not named stays as it is.
 *
 * @example
 * ```ts
 * const patch: ImagePatch = { target: { ...target, size: 2 }, labels: { tier: "1" } };
 * const image = await images.update("app:1", patch);
 * [image.target.size, image.labels]; // => [2, { env: "dev", tier: "1" }]
 * ```
 */
export interface ImagePatch {
  /** Sets and removes single labels, or all of them with {@link replaceAll}. */
  readonly labels?: MapPatch | undefined;
  /** The same for the annotations of the target; needs containerd 1.2.7. */
  readonly annotations?: MapPatch | undefined;
  /** Points the name at other content; replaces the whole descriptor, its annotations included. */
  readonly target?: NewDescriptor | undefined;
}

/**
 * Marks labels or annotations as the whole new map, instead of single entries to change.
 *
 * Entries that other writers have set in the meantime are lost; single entries never are.
 *
 * @example
 * ```ts
 * import { fieldPaths, replaceAll } from "containerd-images";
 *
 * fieldPaths({ labels: { env: "prod" } }); // => ["labels.env"]
 * fieldPaths({ labels: replaceAll({ env: "prod" }) }); // => ["labels"]
 * ```
 */
export function replaceAll(entries: Labels): ReplaceAll {
  const marked: ReplaceAll = { entries };
  Object.defineProperty(marked, replacement, { value: true });
  return Object.freeze(marked);
}

/** Whether a map patch was made by {@link replaceAll}, in this or any other copy of the package. */
export function isReplaceAll(patch: unknown): patch is ReplaceAll {
  return typeof patch === "object" && patch !== null && replacement in patch;
}

/**
 * The mask that a patch stands for. Keys are verbatim, unlike in filters: the server reads all that follows the
 * first dot as the key.
 *
 * `target` comes first, because the server applies paths in order and a whole target would undo annotations.
 */
export function pathsOf({ labels, annotations, target }: ImagePatch): string[] {
  return [
    ...(target === undefined ? [] : ["target"]),
    ...mapPaths("annotations", annotations),
    ...mapPaths("labels", labels),
  ];
}

function mapPaths(field: string, patch: MapPatch | undefined): string[] {
  if (patch === undefined) return [];
  if (isReplaceAll(patch)) return [field];
  return Object.keys(patch).map((key) => `${field}.${key}`);
}

/** The entries that a request has to carry for a patch on top of `base`: what is removed is left out. */
export function patchedEntries(base: Labels, patch: MapPatch | undefined): Labels {
  if (patch === undefined) return base;
  if (isReplaceAll(patch)) return patch.entries;
  const kept = Object.entries(base).filter(([key]) => !Object.hasOwn(patch, key));
  const set = Object.entries(patch).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  // Unlike assignment, fromEntries keeps a key called __proto__.
  return Object.fromEntries([...kept, ...set]);
}

/** The record that an update request carries for a patch. A target that is not changed is sent empty. */
export function patchedImage(name: string, { labels, annotations, target }: ImagePatch): ImageFields {
  const base = target ?? { mediaType: "", digest: "", size: 0 };
  const patched = patchedEntries(target?.annotations ?? {}, annotations);
  return { name, labels: patchedEntries({}, labels), target: { ...base, annotations: patched } };
}
