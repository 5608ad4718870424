import type { TlsOptions } from "../options.js";
import { unsure } from "../rpc/hint.js";
import { CLOSED_EARLY, NO_HTTP2_HINT } from "./errno.js";

/** Where a channel connects to. Only this file, `parse-address.ts` and `open-socket.ts` know the kinds. */
export type Endpoint =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "tls"; readonly host: string; readonly port: number; readonly tls: TlsOptions };

/** The endpoint as text, in the form that the option `address` takes. */
export function formatEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "unix":
      return `unix://${endpoint.path}`;
    case "tcp":
    case "tls":
      return originOf(endpoint);
  }
}

/** The scheme and authority that HTTP/2 requests to it carry. */
export function originOf(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "unix":
      return "http://localhost";
    case "tcp":
      return `http://${hostAndPort(endpoint)}`;
    case "tls":
      return `https://${hostAndPort(endpoint)}`;
  }
}

/**
 * Whether all requests on a connection reach the same daemon. A proxy behind a port keeps the connection of its client
 * while the daemon behind it is replaced, maybe by an older one.
 */
export function isOneDaemon(endpoint: Endpoint): boolean {
  return endpoint.kind === "unix";
}

/** The path of the socket's file; `undefined` if the endpoint has no file. */
export function socketFileOf(endpoint: Endpoint): string | undefined {
  switch (endpoint.kind) {
    case "unix":
      return endpoint.path;
    case "tcp":
    case "tls":
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

const NO_IMAGES_ON_TCP = unsure(
  "containerd's own TCP port serves CRI only: use its Unix socket, or a proxy that passes on the Images service",
);

const HINTS: Readonly<Record<Endpoint["kind"], EndpointHints>> = {
  unix: {
    notHttp2: unsure("something else than containerd listens on that socket (docker.sock, for example, speaks HTTP/1)"),
    notConnected: CLOSED_EARLY.hint,
    closedEarly: unsure(
      "the daemon may be starting or stopping; if this stays, something else than containerd listens there",
    ),
    unimplemented: undefined,
  },
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
};

function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `sizeof(sun_path)` on Linux, without the terminating zero. */
export const MAX_SOCKET_PATH_BYTES = 107;

/** Whether the path is too long for the system. Node 20 and 22 would cut it, and connect to another socket. */
export function isTooLongForSocket(path: string): boolean {
  return Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES;
}
