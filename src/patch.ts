import type { ImageFields, Labels, NewDescriptor, WritableField } from "./image.js";

const REPLACE_ALL = Symbol.for("containerd-images.replace-all");

/**
 * A map that replaces the stored one as a whole; {@link replaceAll} makes it.
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
 * Changes of labels or annotations: a string sets an entry, `null` removes it. Or, with {@link replaceAll}, a whole new
 * map.
 *
 * @example
 * ```ts
 * const labels: MapPatch = { tier: "1", env: null };
 * (await images.update("app:1", { labels })).labels; // => { tier: "1" }
 * ```
 */
export type MapPatch = Readonly<Record<string, string | null>> | ReplaceAll;

/**
 * What an update changes; a field that is left out stays as it is.
 *
 * A record or a descriptor that was read is not a patch, because it would write back all that has changed since it was
 * read: its `name`, `createdAt`, `updatedAt` and `digest` are errors. Name what is to change; `replace` writes a whole
 * record.
 *
 * @example
 * ```ts
 * const patch: ImagePatch = { target: { ...target, size: 2 }, labels: { tier: "1" } };
 * const image = await images.update("app:1", patch);
 * [image.target.size, image.labels]; // => [2, { env: "dev", tier: "1" }]
 * ```
 */
export interface ImagePatch {
  /** Sets and removes single labels; with {@link replaceAll} it replaces all of them. */
  readonly labels?: MapPatch | undefined;
  /** The same for the annotations of the target; this needs containerd 1.2.7. */
  readonly annotations?: MapPatch | undefined;
  /** The new content of the name. It replaces the whole descriptor, with its annotations. */
  readonly target?: NewDescriptor | undefined;
  readonly name?: undefined;
  readonly createdAt?: undefined;
  readonly updatedAt?: undefined;
  readonly digest?: undefined;
}

/** The fields of a patch that can have a value. */
type PatchField = Exclude<keyof ImagePatch, "name" | "createdAt" | "updatedAt" | "digest">;

/**
 * Makes an update replace all labels or all annotations, instead of changing single entries.
 *
 * Entries that other writers have set in the meantime are lost. An update that changes single entries never loses any.
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
  Object.defineProperty(marked, REPLACE_ALL, { value: true });
  return Object.freeze(marked);
}

/** Whether {@link replaceAll} made a map patch, in this copy of the package or in another one. */
export function isReplaceAll(patch: unknown): patch is ReplaceAll {
  return typeof patch === "object" && patch !== null && REPLACE_ALL in patch;
}

/**
 * The field paths of a patch, as the mask of an update contains them. Keys are not quoted, unlike in filters: for the
 * server, everything after the first dot is the key.
 *
 * `target` comes first, because the server applies the paths in order, and a whole target would undo annotations.
 */
export function pathsOf({ labels, annotations, target }: ImagePatch): string[] {
  const paths: Readonly<Record<PatchField | WritableField, readonly string[]>> = {
    target: target === undefined ? [] : ["target"],
    annotations: mapPaths("annotations", annotations),
    labels: mapPaths("labels", labels),
  };
  return Object.values(paths).flat();
}

function mapPaths(field: string, patch: MapPatch | undefined): string[] {
  if (patch === undefined) return [];
  if (isReplaceAll(patch)) return [field];
  return Object.keys(patch).map((key) => `${field}.${key}`);
}

/** The entries that an update request carries for a patch of `base`, without those that it removes. */
export function patchedEntries(base: Labels, patch: MapPatch | undefined): Labels {
  if (patch === undefined) return base;
  if (isReplaceAll(patch)) return patch.entries;
  const kept = Object.entries(base).filter(([key]) => !Object.hasOwn(patch, key));
  const set = Object.entries(patch).flatMap(([key, value]) => (value === null ? [] : [[key, value] as const]));
  // Unlike assignment, fromEntries keeps a key called __proto__.
  return Object.fromEntries([...kept, ...set]);
}

/** The record that an update request carries for a patch. */
export function patchedImage(name: string, { labels, annotations, target }: ImagePatch): ImageFields {
  const { mediaType, digest, size } = target ?? { mediaType: "", digest: "", size: 0 };
  return {
    name,
    labels: patchedEntries({}, labels),
    target: { mediaType, digest, size, annotations: patchedEntries(target?.annotations ?? {}, annotations) },
  };
}
