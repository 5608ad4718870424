/**
 * Image references such as `alpine`, as Docker and CRI read them.
 *
 * @module containerd-images/reference
 */
export { isReferenceSyntaxError, ReferenceSyntaxError, ValidationError } from "../errors.js";
export { canonicalName, familiarName } from "./names.js";
export { parseReference } from "./parse-reference.js";
export type { Reference } from "./reference.js";
export { sameRepository } from "./same-repository.js";
