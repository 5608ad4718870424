import type { Dial, TlsOptions } from "../options.js";
import type { ConnectProblem } from "../rpc/failure.js";
import { unsure } from "../rpc/hint.js";
import { CLOSED_EARLY, NO_HTTP2_HINT } from "./errno.js";

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
  | { readonly kind: "tls"; readonly host: string; readonly port: number; readonly tls: TlsOptions };

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
 * Whether all requests on a connection reach the same daemon. A proxy keeps the connection of its client while the daemon
 * behind it is replaced, maybe by an older one. containerd listens on a socket with a file, or on a pipe, so elsewhere
 * there may be a proxy.
 */
export function isOneDaemon({ kind }: Endpoint): boolean {
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

/** The likely reason when a peer behaves in a certain way; it depends on the kind of endpoint. */
interface EndpointHints {
  /** The peer sends something else than HTTP/2. */
  readonly notHttp2: string;
  /** The peer closes the connection before it can be used; with TLS, in the handshake. */
  readonly notConnected: string;
  /** The peer closes the connection before it sends anything over HTTP/2. */
  readonly closedEarly: string;
  /** The peer has no Images service; `undefined` if there is no likely reason. */
  readonly unimplemented: string | undefined;
}

export function hintsFor({ kind }: Endpoint): EndpointHints {
  return HINTS[kind];
}

/** What to do about a problem where it is not the same as for a socket with a file; otherwise `undefined`. */
export function problemHint(endpoint: Endpoint, problem: ConnectProblem | undefined): string | undefined {
  if (problem === undefined) return undefined;
  if ("host" in endpoint) return problem === "not-a-socket" && isLinkLocal(endpoint.host) ? NEEDS_ZONE : undefined;
  return PROBLEM_HINTS[endpoint.kind]?.[problem];
}

function isLinkLocal(host: string): boolean {
  return /^fe[89ab][\da-f]:/i.test(host);
}

const NEEDS_ZONE = "a link-local address needs an interface of this host, as in http://[fe80::1%25eth0]:99";

/** The likely reason why nobody listens on an abstract socket; `nodeVersion` is `process.versions.node`. */
export function nobodyOnAbstract(nodeVersion: string): string {
  const isPadded = nodeVersion.startsWith("20.");
  return unsure(`nobody listens there: is what forwards to containerd running?${isPadded ? PADDED : ""}`);
}

const PADDED =
  " Node 20 pads the names of abstract sockets with zeros, and so reaches only those of Node 20: use a newer Node";

const PROBLEM_HINTS: { readonly [Kind in Endpoint["kind"]]?: { readonly [Problem in ConnectProblem]?: string } } = {
  abstract: { unreachable: nobodyOnAbstract(process.versions.node) },
  pipe: {
    "socket-missing": unsure("there is no such pipe: is containerd running, and is this its address?"),
    "permission-denied": "the pipe is open to administrators only: run this program as an administrator",
  },
  dialed: {
    "tls-failed": unsure("the TLS connection of dial failed: check its certificates, authorities and names"),
  },
};

const NO_IMAGES_ON_TCP = unsure(
  "containerd's own TCP port serves CRI only: use its Unix socket, or a proxy that passes on the Images service",
);

const LOCAL: EndpointHints = {
  notHttp2: unsure("something else than containerd listens on that socket (docker.sock, for example, speaks HTTP/1)"),
  notConnected: CLOSED_EARLY.hint,
  closedEarly: unsure(
    "the daemon may be starting or stopping; if this stays, something else than containerd listens there, or ssh -L cannot reach the socket behind it",
  ),
  unimplemented: undefined,
};

const HINTS: Readonly<Record<Endpoint["kind"], EndpointHints>> = {
  unix: LOCAL,
  abstract: LOCAL,
  pipe: LOCAL,
  tcp: {
    notHttp2: unsure(
      "the peer speaks something else than plain HTTP/2: for TLS use an https:// address; containerd's own TCP port serves no images",
    ),
    notConnected: CLOSED_EARLY.hint,
    closedEarly: unsure(
      "a TLS port does this: use an https:// address for it; otherwise the daemon may be starting or stopping, or something else than containerd listens there",
    ),
    unimplemented: NO_IMAGES_ON_TCP,
  },
  tls: {
    notHttp2: NO_HTTP2_HINT,
    notConnected: unsure(
      "the peer may speak no TLS, as a plain gRPC server: use an http:// address for it; otherwise it may be starting or stopping",
    ),
    closedEarly: unsure("the peer may refuse the client certificate (tls.cert, tls.key), or be starting or stopping"),
    unimplemented: NO_IMAGES_ON_TCP,
  },
  dialed: {
    notHttp2: unsure("the stream leads to something else than containerd's gRPC socket, or needs TLS first"),
    notConnected: CLOSED_EARLY.hint,
    closedEarly: unsure(
      "what the stream leads through found nobody at its far end, or the daemon is starting or stopping",
    ),
    unimplemented: NO_IMAGES_ON_TCP,
  },
};

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
