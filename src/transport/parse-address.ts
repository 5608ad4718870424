import { DEFAULT_ADDRESS, DEFAULT_WINDOWS_ADDRESS } from "../defaults.js";
import { net } from "../util/node-modules.js";
import type { AddressEndpoint, Tls } from "./endpoint.js";
import { checkSocketPath, type Platform, parseFileless } from "./local-address.js";

/** `host:port`, which programs other than gRPC's take without a scheme. */
const HOST_AND_PORT = /^(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:.]+(?:%[\w.-]+)?\]):\d+$/i;

const WHITE_SPACE = /^[\p{Cc}\s]|[\p{Cc}\s]$/u;
const AT_ITS_ENDS = "; remove the white space at its ends";

/** What else people write, and what to write instead. Only looked at once an address is refused. */
const ADVICE: readonly (readonly [address: RegExp, advice: string])[] = [
  [WHITE_SPACE, AT_ITS_ENDS],
  [/^[~$]/, "; ~ and variables are not expanded"],
  [/^(?:tcp|tls|grpcs?|h2c?|dns):/i, ': write "http://host:port", or https:// for TLS'],
  [/^(?:ssh|h?vsock):/i, ": use the option dial instead of an address"],
  [
    /^[a-z][a-z0-9+.-]+:/i,
    "; a socket path, unix:///path, unix-abstract:name, npipe:////./pipe/name, http:// and https:// are known",
  ],
  [/\.sock$/, ""],
  [/^[\w-]+(?:\.[\w-]+)*$/, '; for a host, write "http://host:port"'],
];

const PORTS = "must have a port from 1 to 65535";
const NO_SOCKETS =
  'must be a named pipe on Windows, for example "npipe:////./pipe/containerd-containerd", or http:// or https://';

/** One letter before a colon is a drive of Windows. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** `URL` also takes other slashes and none, and drops white space and control characters. */
const WRITTEN_IN_FULL = /^https?:\/\/[^\p{C}\s\\]+$/iu;

/** The zone of an IPv6 address, which `URL` does not take. */
const ZONE = /^(https?:\/\/\[[\da-f:.]+)%([\w.-]+)\]/i;

/** Where containerd listens on this system unless it is configured otherwise. */
export function defaultAddress(platform: Platform = process.platform): string {
  return platform === "win32" ? DEFAULT_WINDOWS_ADDRESS : DEFAULT_ADDRESS;
}

/** Parses an address; throws a plain Error that says which rule it breaks. */
export function parseAddress(address: string, tls?: Tls, platform: Platform = process.platform): AddressEndpoint {
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  if (scheme === "http" || scheme === "https") return urlEndpoint(address, scheme, tls);
  if (tls !== undefined)
    throw new Error(`takes an https:// address when tls is given${WHITE_SPACE.test(address) ? AT_ITS_ENDS : ""}`);
  const fileless = parseFileless(address, platform);
  if (fileless !== undefined) return fileless;
  if (scheme === "unix") return socketEndpoint(unixPath(address.slice("unix:".length)), platform);
  if (net().isIPv6(address)) throw new Error(noScheme(`[${address}]:port`));
  if (HOST_AND_PORT.test(address)) throw new Error(hasHighPort(address) ? PORTS : noScheme(address));
  if (scheme === undefined) return socketEndpoint(address, platform);
  throw new Error(`has the unknown scheme "${scheme}"${adviceFor(address)}`);
}

function noScheme(authority: string): string {
  return `has no scheme: write "http://${authority}", or https:// for TLS`;
}

function adviceFor(address: string): string {
  return ADVICE.find(([pattern]) => pattern.test(address))?.[1] ?? "";
}

function hasHighPort(address: string): boolean {
  return Number(/:(\d+)\/?$/.exec(address)?.[1]) > 65_535;
}

// As in gRPC: without slashes before it, the path may be relative to the folder in which the program runs.
function unixPath(text: string): string {
  if (text.startsWith("//")) return text.slice(2);
  return text === "" || text.includes("\0") ? text : absolute(text);
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${process.cwd()}/${path}`;
}

function socketEndpoint(path: string, platform: Platform): AddressEndpoint {
  if (platform === "win32") throw new Error(NO_SOCKETS);
  if (!path.startsWith("/"))
    throw new Error(`must be an absolute socket path, for example "/run/containerd/containerd.sock"${adviceFor(path)}`);
  checkSocketPath(path, platform);
  return { kind: "unix", path };
}

function urlEndpoint(address: string, scheme: "http" | "https", tls: Tls | undefined): AddressEndpoint {
  const zone = ZONE.exec(address)?.[2]?.replace(/^25/, ""); // "%25" is "%" in a URL (RFC 6874)
  const text = zone ? address.replace(ZONE, "$1]") : address;
  const url = WRITTEN_IN_FULL.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new Error(urlRule(text));
  if (url.username !== "" || url.password !== "" || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    throw new Error("must be scheme, host and port only");
  }
  const ip = url.hostname.replace(/^\[|\]$/g, "");
  const host = zone ? `${ip}%${zone}` : ip;
  const port = url.port === "" ? { http: 80, https: 443 }[scheme] : Number(url.port);
  if (port === 0) throw new Error(PORTS);
  if (scheme === "https") return { kind: "tls", host, port, tls: tls ?? {} };
  if (tls !== undefined) throw new Error("must be https:// when tls is given");
  return { kind: "tcp", host, port };
}

/** The rule that is broken by a text that is no URL. */
function urlRule(text: string): string {
  if (/^https?:\/\/[\da-f]*:[\da-f]*:/i.test(text)) return "must have an IPv6 address in brackets, as http://[::1]:80";
  return hasHighPort(text) ? PORTS : `is not a valid URL${WHITE_SPACE.test(text) ? AT_ITS_ENDS : ""}`;
}
