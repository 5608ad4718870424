import type { Dial } from "../options.js";

/** Where a channel connects to. Only the files that make or open an endpoint know the kinds. */
export type Endpoint = AddressEndpoint | DialedEndpoint;

/** An endpoint to which a function of the caller opens the connections. */
export interface DialedEndpoint {
  readonly kind: "dialed";
  readonly dial: Dial;
}

/** An endpoint to which this library opens the socket. */
export type AddressEndpoint =
  | LocalEndpoint
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "tls"; readonly host: string; readonly port: number; readonly tls: Tls };

/** TLS options in copies that nobody changes, in the types of `node:tls`. */
export interface Tls {
  readonly ca?: Pem | Pem[] | undefined;
  readonly cert?: Pem | undefined;
  readonly key?: Pem | undefined;
  readonly servername?: string | undefined;
}

type Pem = string | Buffer;

/** An endpoint of this host. */
export type LocalEndpoint =
  | { readonly kind: "unix"; readonly path: string }
  /** A socket of Linux without a file. */
  | { readonly kind: "abstract"; readonly name: string }
  /** A named pipe of Windows, for example `\\\\.\\pipe\\containerd-containerd`. */
  | { readonly kind: "pipe"; readonly path: string };

/** What stands for the address if the caller makes the connections. */
export const DIALED = "dialed";

export function isDialed(endpoint: Endpoint): endpoint is DialedEndpoint {
  return endpoint.kind === "dialed";
}

/** The endpoint as text, in the form that the option `address` takes; `dialed` if the caller makes the connections. */
export function formatEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "unix":
      return `unix://${endpoint.path}`;
    case "abstract":
      return `unix-abstract:${endpoint.name}`;
    case "pipe":
      return `npipe:${endpoint.path.replaceAll("\\", "/").replace("//", "////")}`;
    case "tcp":
      return `http://${hostAndPort(endpoint)}`;
    case "tls":
      return `https://${hostAndPort(endpoint)}`;
    case "dialed":
      return DIALED;
  }
}

/** The peer at this endpoint, as the subject of a sentence. */
export function peerText(endpoint: Endpoint): string {
  return isDialed(endpoint) ? "the peer of the dialed stream" : formatEndpoint(endpoint);
}

/** The beginning of the message for a connection that cannot be made. */
export function cannotConnectText(endpoint: Endpoint): string {
  return isDialed(endpoint) ? "dial failed" : `cannot connect to ${formatEndpoint(endpoint)}`;
}

/** Whether the TLS handshake must agree to HTTP/2. The caller of `dial` may have reason not to ask for it. */
export function mustAgreeToHttp2({ kind }: Endpoint): boolean {
  return kind === "tls";
}

/** The scheme and authority that HTTP/2 requests to it carry. */
export function originOf(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "unix":
    case "abstract":
    case "pipe":
    case "dialed":
      return "http://localhost";
    case "tcp":
    case "tls":
      return formatEndpoint(endpoint).replace(/%25[^\]]*/, ""); // a zone has a meaning on this host only (RFC 6874)
  }
}

/**
 * Whether all requests on a connection reach the same daemon. A proxy keeps the connection of its client while the
 * daemon behind it is replaced, maybe by an older one. containerd listens on a socket with a file, or on a pipe, so
 * elsewhere there may be a proxy.
 */
export function reachesOneDaemon({ kind }: Endpoint): boolean {
  return kind === "unix" || kind === "pipe";
}

/** The path of the socket's file; `undefined` if the endpoint has no file. */
export function socketFileOf(endpoint: Endpoint): string | undefined {
  switch (endpoint.kind) {
    case "unix":
      return endpoint.path;
    case "abstract":
    case "pipe":
    case "tcp":
    case "tls":
    case "dialed":
      return undefined;
  }
}

/** The path with which Node opens an endpoint of this host; `undefined` for an endpoint of the network. */
export function pathOf(endpoint: LocalEndpoint): string;
export function pathOf(endpoint: Endpoint): string | undefined;
export function pathOf(endpoint: Endpoint): string | undefined {
  switch (endpoint.kind) {
    case "unix":
    case "pipe":
      return endpoint.path;
    case "abstract":
      return `\0${endpoint.name}`;
    case "tcp":
    case "tls":
    case "dialed":
      return undefined;
  }
}

function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host.replace("%", "%25")}]:${port}` : `${host}:${port}`;
}

/** `sizeof(sun_path)` without the terminating zero: 108 bytes on Linux, 104 on macOS and the BSDs. */
export function maxSocketPathBytes(platform: NodeJS.Platform = process.platform): number {
  return platform === "linux" || platform === "android" ? 107 : 103;
}

/** Whether the path is too long for the system. Node 20 and 22 would cut it, and connect to another socket. */
export function isTooLongForSocket(path: string, platform?: NodeJS.Platform): boolean {
  return Buffer.byteLength(path) > maxSocketPathBytes(platform);
}
