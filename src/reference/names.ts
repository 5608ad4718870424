import { parseReference } from "./parse-reference.js";

/**
 * The name under which Docker, CRI and nerdctl store what people call `text`: `canonical` of {@link parseReference}.
 *
 * The client never does this by itself, because any text can be the name of a record.
 *
 * @throws ReferenceSyntaxError if the text breaks a rule; the message shows the place
 * @throws ValidationError if the argument is not a string
 *
 * @example
 * ```ts
 * canonicalName("alpine"); // => "docker.io/library/alpine:latest"
 * canonicalName("team/app:1"); // => "docker.io/team/app:1"
 * canonicalName("ghcr.io/team/app"); // => "ghcr.io/team/app:latest"
 * ```
 */
export function canonicalName(text: string): string {
  return parseReference(text).canonical;
}

/**
 * The short form that Docker shows: `familiar` of {@link parseReference}. A tag stays, and none is added.
 *
 * @throws ReferenceSyntaxError if the text breaks a rule; the message shows the place
 * @throws ValidationError if the argument is not a string
 *
 * @example
 * ```ts
 * familiarName("docker.io/library/alpine:latest"); // => "alpine:latest"
 * familiarName("docker.io/team/app"); // => "team/app"
 * familiarName("ghcr.io/team/app:1"); // => "ghcr.io/team/app:1"
 * ```
 */
export function familiarName(text: string): string {
  return parseReference(text).familiar;
}
