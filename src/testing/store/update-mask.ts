import { invalidArgument } from "../status.js";
import { quote } from "./go-format.js";
import type { ImageDraft, LabelMap, Target } from "./image-record.js";

interface MutableDraft {
  labels: Map<string, string>;
  target: Omit<Target, "annotations">;
  annotations: Map<string, string>;
}

/**
 * Returns `stored` with the `paths` of `wanted`, applied in their order. Without paths it returns all of `wanted`.
 *
 * A key is everything after the first dot, unchanged. A key that `wanted` does not have becomes empty, so it is removed
 * when the result is stored.
 */
export function applyMask(stored: ImageDraft, wanted: ImageDraft, paths: readonly string[]): ImageDraft {
  if (paths.length === 0) return wanted;
  const draft: MutableDraft = {
    labels: new Map(stored.labels),
    target: stored.target,
    annotations: new Map(stored.target.annotations),
  };
  for (const path of paths) applyPath(draft, wanted, path);
  return { name: stored.name, labels: draft.labels, target: { ...draft.target, annotations: draft.annotations } };
}

function applyPath(draft: MutableDraft, { name, labels, target }: ImageDraft, path: string): void {
  if (path.startsWith("labels.")) take(draft.labels, labels, path);
  else if (path.startsWith("annotations.")) take(draft.annotations, target.annotations, path);
  else if (path === "labels") draft.labels = new Map(labels);
  else if (path === "annotations") draft.annotations = new Map(target.annotations);
  else if (path === "target") {
    draft.target = target;
    draft.annotations = new Map(target.annotations);
  } else throw invalidArgument(`cannot update ${quote(path)} field on image ${quote(name)}`);
}

function take(into: Map<string, string>, from: LabelMap, path: string): void {
  const key = path.slice(path.indexOf(".") + 1);
  into.set(key, from.get(key) ?? "");
}
