import { hyphensEnd, readWords, type Words } from "./scan.js";

/** The registry that a name without one belongs to. */
export const DEFAULT_DOMAIN = "docker.io";
/** An old name of the same registry. */
const LEGACY_DOMAIN = "index.docker.io";

/** The registry of a reference, and where the rest begins. */
export interface DomainPart {
  /** Not checked yet, but for the default one. */
  readonly domain: string;
  readonly end: number;
}

/**
 * Decides whether the part before the first `/` is a registry or belongs to the path. It is a registry if it is
 * `localhost`, or has a dot, a colon or an upper case letter, which no part of a path on Docker Hub can begin with.
 */
export function splitDomain(text: string): DomainPart {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(0, slash));
  const isDomain = first === "localhost" || /[.:]/.test(first) || first.toLowerCase() !== first;
  if (!isDomain) return { domain: DEFAULT_DOMAIN, end: 0 };
  return { domain: first === LEGACY_DOMAIN ? DEFAULT_DOMAIN : first, end: slash + 1 };
}

const HOST: Words = {
  notWord: /[^a-zA-Z0-9]/g,
  separatorEnd: (text, at) => (text[at] === "." ? at + 1 : hyphensEnd(text, at)),
};

/**
 * Where a registry's address breaks the rules of `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; `undefined` if it
 * breaks none.
 */
export function domainFault(domain: string): number | undefined {
  const host = domain.startsWith("[") ? readBrackets(domain) : readWords(domain, 0, HOST);
  if (host.isWordMissing || host.end === domain.length) return host.isWordMissing ? host.end : undefined;
  return domain[host.end] === ":" ? portFault(domain, host.end + 1) : host.end;
}

/** Hexadecimal digits and colons in brackets; the order is not checked. */
function readBrackets(domain: string): { readonly end: number; readonly isWordMissing: boolean } {
  const end = domain.slice(1).search(/[^a-fA-F0-9:]/) + 1;
  const isComplete = end > 1 && domain[end] === "]";
  return isComplete ? { end: end + 1, isWordMissing: false } : { end: end || domain.length, isWordMissing: true };
}

function portFault(domain: string, start: number): number | undefined {
  const end = domain.slice(start).search(/[^0-9]/);
  if (end >= 0) return start + end;
  return start === domain.length ? start : undefined;
}
