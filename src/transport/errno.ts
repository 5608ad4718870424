import type { ErrorCode } from "../errors.js";
import type { ConnectProblem } from "../rpc/failure.js";
import { unsure } from "../rpc/hint.js";
import type { SystemError } from "./system-error.js";

/** What an error of the operating system, of Node or of OpenSSL says about a connection that could not be made. */
export interface Errno {
  readonly code: ErrorCode;
  /**
   * `unreachable`: the error may be temporary, so waiting can help. `misconfigured`: it stays until somebody changes
   * something.
   */
  readonly kind: "unreachable" | "misconfigured";
  readonly hint: string;
  /** The name of the problem in `diagnose`. */
  readonly problem: ConnectProblem;
  /** Whether the error can only occur before the first request is sent. */
  readonly isHandshakeOnly: boolean;
}

function unreachable(problem: ConnectProblem, hint: string, code: ErrorCode = "unavailable"): Errno {
  return { code, kind: "unreachable", hint, problem, isHandshakeOnly: false };
}

function misconfigured(problem: ConnectProblem, hint: string, code: ErrorCode = "unavailable"): Errno {
  return { code, kind: "misconfigured", hint, problem, isHandshakeOnly: false };
}

function tlsFailed(hint: string): Errno {
  return misconfigured("tls-failed", hint);
}

// The error comes from this side, before it sends anything, or from the peer's first message.
function handshakeFailed(hint: string): Errno {
  return { ...tlsFailed(hint), isHandshakeOnly: true };
}

/** What to do about a peer that offers no HTTP/2 in the TLS handshake. */
export const NO_HTTP2_HINT = "the peer must offer HTTP/2 (ALPN h2); in nginx that is http2 on the listening port";

/** What may be the reason if a host does not answer. */
export const NO_ANSWER_HINT = unsure(
  "a firewall may drop what is sent there, or the host may be down or have another address",
);

/** The file is not a socket. Linux reports ECONNREFUSED for it, other systems ENOTSOCK. */
export const OTHER_FILE = misconfigured(
  "not-a-socket",
  "there is a file of another kind: the address must be containerd's socket",
);
const NOT_A_PATH = misconfigured("not-a-socket", "the address must be the path of containerd's socket");
/** Linux reports EINVAL for it. */
export const NO_INTERFACE = misconfigured(
  "not-a-socket",
  "a link-local address needs an interface of this host, as in http://[fe80::1%25eth0]:99",
);
const NO_PERMISSION = misconfigured(
  "permission-denied",
  "the socket is open to root and its group only: run as root, join that group, or set [grpc] uid and gid in containerd's configuration",
  "permission_denied",
);
/** What nobody listens at may be the end of a tunnel or the port of a proxy. */
export const NOBODY_LISTENS = "nobody listens there: is containerd, or what forwards to it, running?";
const NOT_LISTENING = unreachable("unreachable", unsure(NOBODY_LISTENS));
const STALE_SOCKET: Errno = { ...NOT_LISTENING, problem: "socket-stale" };
/** The peer closed the connection before it was of use. */
export const CLOSED_EARLY = unreachable("unreachable", unsure("the peer closed the connection while it was made"));
const TOO_MANY_FILES = unreachable(
  "unreachable",
  "this process or the system has no file descriptor left: raise ulimit -n or fs.file-max, and close unused clients",
  "resource_exhausted",
);
const NO_ROUTE = unreachable(
  "unreachable",
  "no network route leads to that host now, or this system forbids it: check the address, the network and the host",
);
const NO_HOST = unreachable("unreachable", "the host name cannot be resolved; check the address and the name service");
const UNKNOWN_AUTHORITY = handshakeFailed(
  "the peer's certificate is signed by an unknown authority: pass it as tls.ca",
);
// With TLS 1.3 the peer checks the client's certificate after the handshake, when the first request may have been sent
// already.
const NO_CLIENT_CERTIFICATE = tlsFailed("the peer asks for a client certificate: pass tls.cert and tls.key");
const CLIENT_CERTIFICATE_REFUSED = tlsFailed(
  "the peer refuses the client certificate: check that tls.cert is valid and signed by an authority it trusts",
);
const NOT_TLS = tlsFailed("the peer does not speak TLS: use an http:// address, or the port that does");
const OTHER_TLS = tlsFailed(unsure("the TLS handshake failed: check the certificates and the peer's TLS versions"));

export const OTHER_ERRNO = unreachable("unreachable", unsure("the connection could not be made"));

/** One row for each known error. All transports and `diagnose` use this table. */
export const ERRNOS: Readonly<Record<string, Errno>> = {
  ENOENT: unreachable(
    "socket-missing",
    unsure("there is no such socket: is containerd running, and is this its address?"),
  ),
  ECONNREFUSED: NOT_LISTENING,
  EAGAIN: unreachable(
    "unreachable",
    unsure("the daemon's queue of connections is full: it may be frozen or overloaded"),
  ),
  ECONNRESET: CLOSED_EARLY,
  EPIPE: CLOSED_EARLY,
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  ERR_ACCESS_DENIED: misconfigured(
    "permission-denied",
    "this process runs with node --permission: add --allow-net",
    "permission_denied",
  ),
  ENOTDIR: NOT_A_PATH,
  ELOOP: NOT_A_PATH,
  ENAMETOOLONG: NOT_A_PATH,
  EINVAL: NOT_A_PATH,
  ENOTSOCK: OTHER_FILE,
  EPROTOTYPE: misconfigured("not-a-socket", "that socket takes datagrams; containerd's takes streams"),
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  ENOTFOUND: NO_HOST,
  EAI_AGAIN: NO_HOST,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: unreachable("unreachable", NO_ANSWER_HINT),
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: handshakeFailed("the peer's certificate has expired (or this machine's clock is wrong)"),
  CERT_NOT_YET_VALID: handshakeFailed("the peer's certificate is not valid yet (or this machine's clock is wrong)"),
  ERR_TLS_CERT_ALTNAME_INVALID: handshakeFailed(
    "the peer's certificate is for another host name: correct the address, or pass the name as tls.servername",
  ),
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: handshakeFailed(NO_HTTP2_HINT),
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: NO_CLIENT_CERTIFICATE,
  ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED: NO_CLIENT_CERTIFICATE, // as BoringSSL calls it, in Bun
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC: CLOSED_EARLY, // of a HAProxy that was being reloaded
};

/** The row of {@link ERRNOS} for this error, or one for all others. */
export function errnoOf(error: SystemError): Errno {
  const { code, syscall, address, port } = error;
  if (code === "ECONNREFUSED" && isOfSocketFile(error)) return STALE_SOCKET;
  const row = Object.hasOwn(ERRNOS, code) ? ERRNOS[code] : undefined;
  // For a host, Linux reports EACCES where a route prohibits it, EINVAL for a black hole, and EPERM for a rule of eBPF.
  const isOfPath = row === NO_PERMISSION || row === NOT_A_PATH;
  if (isOfPath && syscall === "connect" && port !== undefined)
    return code === "EINVAL" && isLinkLocal(address) ? NO_INTERFACE : NO_ROUTE;
  return row ?? (isTlsError(error) ? OTHER_TLS : OTHER_ERRNO);
}

// INVALID_PURPOSE is that of a certificate for clients only, UNSPECIFIED also that of a weak signature.
export function isTlsError({ code }: SystemError): boolean {
  return /^(ERR_(TLS|O?SSL)_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY$|UNSPECIFIED$)|CERT|CRL/.test(
    code,
  );
}

function isLinkLocal(host: unknown): boolean {
  return /^fe[89ab][\da-f]:/i.test(`${host}`);
}

// In errors of connections, Node sets `address` always, and `port` if there is one. An abstract socket starts with NUL.
function isOfSocketFile({ address, port }: SystemError): boolean {
  return typeof address === "string" && !address.startsWith("\0") && port === undefined;
}
