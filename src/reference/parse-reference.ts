import { checkDigest } from "./digest.js";
import { DEFAULT_DOMAIN, domainFault, splitDomain } from "./domain.js";
import { checkText, failAt } from "./errors.js";
import { isPathUpTo, readPath } from "./path.js";
import type { Reference } from "./reference.js";
import { readTag } from "./tag.js";

/** What stands before a name on Docker Hub that has one part only. */
const OFFICIAL = "library/";

/**
 * Reads an image reference as Docker, CRI and nerdctl read it (Go's `distribution/reference`), with all that people may
 * leave out.
 *
 * It accepts what they accept and refuses the rest, in time that grows with the length of the text only. Not every name
 * of a record is a reference, and a name such as `sha256:…`, under which CRI stores images by their config, is read as
 * the image `sha256` on Docker Hub. So do not parse names of records before you compare them.
 *
 * @throws ReferenceSyntaxError if the text breaks a rule; the message shows the place
 * @throws ValidationError if the argument is not a string
 *
 * @example
 * ```ts
 * const { domain, path, tag, canonical, familiar } = parseReference("docker.io/alpine:3.20");
 * [domain, path, tag]; // => ["docker.io", "library/alpine", "3.20"]
 * [canonical, familiar]; // => ["docker.io/library/alpine:3.20", "alpine:3.20"]
 * parseReference("localhost:5000/app").canonical; // => "localhost:5000/app:latest"
 * parseReference("ghcr.io/Team/app"); // throws ReferenceSyntaxError
 * ```
 */
export function parseReference(text: string): Reference {
  checkText(text);
  if (text === "") failAt(text, 0, "a reference has a name");
  if (/^[a-f0-9]{64}$/.test(text)) failAt(text, 0, "64 hexadecimal digits alone are an image's id, not its name");
  const { domain, start } = readDomain(text);
  const prefix = domain === DEFAULT_DOMAIN && !text.includes("/", start) ? OFFICIAL : "";
  const pathEnd = readPath(text, start, prefix.length);
  const tagEnd = text[pathEnd] === ":" ? readTag(text, pathEnd + 1) : pathEnd;
  if (tagEnd < text.length) checkDigest(text, tagEnd + 1);
  return referenceOf({
    domain,
    path: prefix + text.slice(start, pathEnd),
    tag: text.slice(pathEnd + 1, tagEnd) || undefined,
    digest: text.slice(tagEnd + 1) || undefined,
  });
}

/**
 * The registry and where the path begins. What cannot be a registry's address may still be the first part of a path.
 */
function readDomain(text: string): { readonly domain: string; readonly start: number } {
  const { domain, end } = splitDomain(text);
  const fault = domainFault(domain);
  if (fault === undefined) return { domain, start: end };
  if (!isPathUpTo(text, end)) failAt(text, fault, "a registry is host, host:port, [IPv6] or [IPv6]:port");
  return { domain: "", start: 0 };
}

interface Parts {
  readonly domain: string;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function referenceOf({ domain, path, tag, digest }: Parts): Reference {
  const version = (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
  const stored = digest === undefined ? `:${tag ?? "latest"}` : `@${digest}`;
  return Object.freeze({
    domain,
    path,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
    canonical: repositoryName({ domain, path }) + stored,
    familiar: familiarRepository(domain, path) + version,
  });
}

/** The full name of a repository, without tag and digest. */
export function repositoryName({ domain, path }: Pick<Reference, "domain" | "path">): string {
  return domain === "" ? path : `${domain}/${path}`;
}

function familiarRepository(domain: string, path: string): string {
  if (domain !== DEFAULT_DOMAIN) return repositoryName({ domain, path });
  const isOfficial = path.startsWith(OFFICIAL) && !path.includes("/", OFFICIAL.length);
  return isOfficial ? path.slice(OFFICIAL.length) : path;
}
