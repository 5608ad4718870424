import { parseReference } from "./parse-reference.js";

/**
 * Names that systems give to records without a name of their own, although they can be read as references: CRI's names
 * by config, Docker's for images without a tag, and those of `ctr images import`.
 */
const NOT_TYPED = /^(?:sha(?:256|384|512):|(?:moby-dangling|import-\d{4}-\d{2}-\d{2})@)/;

/** The canonical name of what a person has typed; `undefined` if it is no reference that a person would type. */
export function fullNameOf(name: string): string | undefined {
  if (NOT_TYPED.test(name)) return undefined;
  try {
    return parseReference(name).canonical;
  } catch {
    return undefined;
  }
}
