import type { ConnectProblem } from "../rpc/failure.js";
import { unsure } from "../rpc/hint.js";
import type { Endpoint } from "./endpoint.js";
import { NO_HTTP2_HINT, NOBODY_LISTENS } from "./errno.js";

/** What is likely, or what to do, where that depends on the kind of endpoint. */
interface EndpointHints {
  /** The peer sends something else than HTTP/2. */
  readonly notHttp2: string;
  /** The peer closes the connection before it sends anything over HTTP/2. */
  readonly closedEarly: string;
  /** The peer closes the connection in the TLS handshake. */
  readonly closedInHandshake?: string;
  /** About problems for which `ERRNOS` has the hint for a socket with a file. */
  readonly problems?: { readonly [Problem in ConnectProblem]?: string };
}

export function hintsFor({ kind }: Endpoint): EndpointHints {
  return HINTS[kind];
}

/** The likely reason why nobody listens on an abstract socket; `nodeVersion` is `process.versions.node`. */
export function nobodyOnAbstract(nodeVersion: string): string {
  const isPadded = nodeVersion.startsWith("20.");
  return unsure(NOBODY_LISTENS + (isPadded ? PADDED : ""));
}

const PADDED =
  " Node 20 pads the names of abstract sockets with zeros, and so reaches only those of Node 20: use a newer Node";

const LOCAL: EndpointHints = {
  notHttp2: unsure("another program listens on that socket (docker.sock, for example, speaks HTTP/1)"),
  closedEarly: unsure(
    "the daemon may be starting or stopping; if this stays, another program listens there, or ssh -L cannot reach the socket behind it",
  ),
};

const HINTS: Readonly<Record<Endpoint["kind"], EndpointHints>> = {
  unix: LOCAL,
  abstract: { ...LOCAL, problems: { unreachable: nobodyOnAbstract(process.versions.node) } },
  pipe: {
    ...LOCAL,
    problems: {
      "socket-missing": unsure("there is no such pipe: is containerd running, and is this its address?"),
      "permission-denied": "the pipe is open to administrators only: run this program as an administrator",
    },
  },
  tcp: {
    notHttp2: unsure(
      "the peer speaks something else than plain HTTP/2: for TLS use an https:// address; containerd's own TCP port serves no images",
    ),
    closedEarly: unsure(
      "a TLS port does this: use an https:// address for it; or the daemon may be starting or stopping, or another program listens there",
    ),
  },
  tls: {
    notHttp2: NO_HTTP2_HINT,
    closedEarly: unsure("the peer may refuse the client certificate (tls.cert, tls.key), or be starting or stopping"),
    closedInHandshake: unsure(
      "the peer may speak no TLS, as a plain gRPC server: use an http:// address for it; or no HTTP/2, or be starting or stopping",
    ),
  },
  dialed: {
    notHttp2: unsure("the stream leads to something else than containerd's gRPC socket, or needs TLS first"),
    closedEarly: unsure(
      "what the stream leads through found nobody at its far end, or the daemon is starting or stopping",
    ),
    problems: {
      "tls-failed": unsure("the TLS connection of dial failed: check its certificates, authorities and names"),
    },
  },
};
