import { isTooLongForSocket, type LocalEndpoint, maxSocketPathBytes } from "./endpoint.js";

/** What `process.platform` says; passed as a value, so that tests on one system cover the others. */
export type Platform = NodeJS.Platform;

const PIPE = /^npipe:|^\\\\|^\/\/\.\/pipe\//i;
const ABSTRACT = /^(?:unix-abstract:|(?:unix:(?:\/\/)?)?@)/i;

/**
 * Parses the addresses of this host that are no path of a file: a named pipe of Windows, or an abstract socket of
 * Linux. Returns `undefined` for any other address; throws a plain Error that says which rule it breaks.
 */
export function parseFileless(address: string, platform: Platform): LocalEndpoint | undefined {
  if (PIPE.test(address)) return pipe(address, platform);
  return ABSTRACT.test(address) ? abstractSocket(address.replace(ABSTRACT, ""), platform) : undefined;
}

// Docker and Kubernetes write slashes after the scheme, Windows and ctr write backslashes.
function pipe(address: string, platform: Platform): LocalEndpoint {
  if (platform !== "win32") throw new Error("is a named pipe, which only Windows has");
  const path = address.replace(/^npipe:/i, "").replaceAll("/", "\\");
  const name = /^(?:\\\\){1,2}\.\\pipe\\(.+)$/is.exec(path)?.[1];
  if (name === undefined) throw new Error('must be a pipe of this host, for example "npipe:////./pipe/name"');
  checkText(name);
  return { kind: "pipe", path: `\\\\.\\pipe\\${name}` };
}

function abstractSocket(name: string, platform: Platform): LocalEndpoint {
  if (platform !== "linux" && platform !== "android") throw new Error("is an abstract socket, which only Linux has");
  if (name === "") throw new Error('must name an abstract socket, for example "unix-abstract:containerd"');
  checkText(name);
  checkLength(name, platform, "the name of an abstract socket");
  return { kind: "abstract", name };
}

/** Throws if the path cannot be that of a socket on this system. */
export function checkSocketPath(path: string, platform: Platform): void {
  checkText(path);
  checkLength(path, platform, "a socket path");
}

// Rejects what no system can use as the name of a socket, and what ends with white space or a control character.
function checkText(name: string): void {
  if (name.includes("\0")) throw new Error("must not contain a NUL character");
  if (!name.isWellFormed()) throw new Error("must not contain a lone surrogate");
  // For example the newline of a value that was read from a file.
  if (/[\p{Cc}\s]$/u.test(name)) throw new Error("must not end with white space or a control character");
}

function checkLength(path: string, platform: Platform, what: string): void {
  if (!isTooLongForSocket(path, platform)) return;
  const [bytes, most] = [Buffer.byteLength(path), maxSocketPathBytes(platform)];
  throw new Error(`is ${what} of ${bytes} bytes; the operating system takes ${most}`);
}
