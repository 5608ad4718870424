import { type ImagePatch, pathsOf } from "./patch.js";
import { validate } from "./schema/validate.js";
import { patchSchema } from "./schema/values.js";

/**
 * The field paths of a patch: the mask that an update with this patch sends. Use it for updates with `raw`. Keys are
 * not quoted.
 *
 * @throws ValidationError if the patch breaks a rule or changes nothing.
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
  return pathsOf(validate(patchSchema, patch, { method: "fieldPaths", namespace: "" }, "patch"));
}
