import type { Filter } from "../filters/filter.js";
import { selector } from "../filters/filter-node.js";
import { filterOf } from "../filters/filter-value.js";
import { escapeRegexp } from "../filters/regexp/literals.js";
import { parseReference, repositoryName } from "./parse-reference.js";

/**
 * The filter that matches the records of one repository: every tag and every digest, and the name without both. The tag
 * and the digest of `text` do not matter.
 *
 * It compares with the full names that Docker, CRI and nerdctl store. A record that somebody has made under a short
 * name, such as `app:1`, is not matched.
 *
 * @throws ReferenceSyntaxError if the text breaks a rule; the message shows the place
 * @throws ValidationError if the argument is not a string
 *
 * @example
 * ```ts
 * import { compile, matches } from "containerd-images/filters";
 * import { sameRepository } from "containerd-images/reference";
 *
 * const filter = sameRepository("app");
 * const target = { digest: `sha256:${"a".repeat(64)}`, mediaType: "" };
 * matches(filter, { name: "docker.io/library/app:2", target }); // => true
 * matches(filter, { name: `docker.io/library/app@${target.digest}`, target }); // => true
 * matches(filter, { name: "docker.io/library/app2:1", target }); // => false
 * compile(filter); // => ['name~="^docker\\\\.io/library/app(?:[:@]|$)"']
 * ```
 */
export function sameRepository(text: string): Filter {
  const name = escapeRegexp(repositoryName(parseReference(text)));
  return filterOf(selector(["name"], "~=", `^${name}(?:[:@]|$)`));
}
