import { type ImagePatch, pathsOf } from "./patch.js";
import { validate } from "./schema/validate.js";
import { patchSchema } from "./schema/values.js";

/**
 * The field paths that an update with this patch sends as its mask, for programs that use `raw`. Keys are not quoted.
 *
 * @throws ValidationError when the patch breaks a rule or changes nothing.
 *
 * @example
 * ```ts
 * import { fieldPaths, replaceAll } from "containerd-images";
 *
 * fieldPaths({ labels: { env: "prod", "a.b/c": null } }); // => ["labels.env", "labels.a.b/c"]
 * fieldPaths({ annotations: replaceAll({}) }); // => ["annotations"]
 * ```
 */
export function fieldPaths(patch: ImagePatch): string[] {
  return pathsOf(validate(patchSchema, patch, { method: "fieldPaths", namespace: "" }));
}
