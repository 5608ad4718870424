import type { ConnectProblem } from "../rpc/failure.js";
import { unsure } from "../rpc/hint.js";
import type { Endpoint } from "./endpoint.js";
import { CLOSED_EARLY, NO_HTTP2_HINT, NOBODY_LISTENS } from "./errno.js";

/** The likely reason when a peer behaves in a certain way; it depends on the kind of endpoint. */
interface EndpointHints {
  /** The peer sends something else than HTTP/2. */
  readonly notHttp2: string;
  /** The peer closes the connection before it can be used; with TLS, in the handshake. */
  readonly notConnected: string;
  /** The peer closes the connection before it sends anything over HTTP/2. */
  readonly closedEarly: string;
}

export function hintsFor({ kind }: Endpoint): EndpointHints {
  return HINTS[kind];
}

/** What to do about a problem where it is not the same as for a socket with a file; otherwise `undefined`. */
export function problemHint(endpoint: Endpoint, problem: ConnectProblem | undefined): string | undefined {
  return problem && PROBLEM_HINTS[endpoint.kind]?.[problem];
}

/** The likely reason why nobody listens on an abstract socket; `nodeVersion` is `process.versions.node`. */
export function nobodyOnAbstract(nodeVersion: string): string {
  const isPadded = nodeVersion.startsWith("20.");
  return unsure(NOBODY_LISTENS + (isPadded ? PADDED : ""));
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

const LOCAL: EndpointHints = {
  notHttp2: unsure("another program listens on that socket (docker.sock, for example, speaks HTTP/1)"),
  notConnected: CLOSED_EARLY.hint,
  closedEarly: unsure(
    "the daemon may be starting or stopping; if this stays, another program listens there, or ssh -L cannot reach the socket behind it",
  ),
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
      "a TLS port does this: use an https:// address for it; or the daemon may be starting or stopping, or another program listens there",
    ),
  },
  tls: {
    notHttp2: NO_HTTP2_HINT,
    notConnected: unsure(
      "the peer may speak no TLS, as a plain gRPC server: use an http:// address for it; otherwise it may be starting or stopping",
    ),
    closedEarly: unsure("the peer may refuse the client certificate (tls.cert, tls.key), or be starting or stopping"),
  },
  dialed: {
    notHttp2: unsure("the stream leads to something else than containerd's gRPC socket, or needs TLS first"),
    notConnected: CLOSED_EARLY.hint,
    closedEarly: unsure(
      "what the stream leads through found nobody at its far end, or the daemon is starting or stopping",
    ),
  },
};
