import { statSync } from "node:fs";
import type { ErrorCode } from "../../errors.js";
import { type FailureKind, RpcFailure } from "../../rpc/failure.js";
import {
  type Endpoint,
  formatEndpoint,
  hintsFor,
  isTooLongForSocket,
  MAX_SOCKET_PATH_BYTES,
  NO_HTTP2_HINT,
  socketFileOf,
} from "../endpoint.js";

interface Reason {
  readonly code: ErrorCode;
  readonly kind: FailureKind;
  readonly hint: string;
}

/** Why no connection can be made; kind `unreachable` where waiting may help. Nothing was sent. */
export function connectFailure(error: unknown, endpoint: Endpoint): RpcFailure {
  const path = socketFileOf(endpoint);
  const reason = (path === undefined ? undefined : wrongFile(path)) ?? reasonOf(error);
  return failure(`cannot connect to ${formatEndpoint(endpoint)}: ${text(error)}`, reason, error);
}

/** Whether no process listens: the socket is not there, or was left behind. */
export function isNobodyThere({ kind, cause }: RpcFailure): boolean {
  return kind === "unreachable" && (errorCode(cause) === "ENOENT" || errorCode(cause) === "ECONNREFUSED");
}

/** Whether the socket is there, and this process may not use it. */
export function isDenied({ cause }: RpcFailure): boolean {
  return errorCode(cause) === "EACCES";
}

/** The failure for a socket path that must not be tried, if it is one. */
export function pathFailure(endpoint: Endpoint): RpcFailure | undefined {
  const path = socketFileOf(endpoint);
  if (path === undefined || !isTooLongForSocket(path)) return undefined;
  return failure(
    `cannot connect to ${formatEndpoint(endpoint)}: the path is too long`,
    misconfigured(
      "unavailable",
      `a socket path has at most ${MAX_SOCKET_PATH_BYTES} bytes; the system would cut it and reach another socket`,
    ),
  );
}

/** A peer that opens the connection and then breaks or ends it before it has said anything in HTTP/2. */
export function speechFailure(endpoint: Endpoint, receivedBytes: number, error?: unknown): RpcFailure {
  if (isTlsError(error)) return connectFailure(error, endpoint);
  if (receivedBytes > 0) {
    return failure(
      `${formatEndpoint(endpoint)} is not a gRPC peer`,
      misconfigured("unavailable", hintsFor(endpoint).notHttp2),
      error,
    );
  }
  return failure(
    `${formatEndpoint(endpoint)} closed the connection before it said anything`,
    unreachable(hintsFor(endpoint).closedEarly),
    error,
  );
}

/** A peer that does not agree to HTTP/2 during the TLS handshake. */
export function protocolFailure(endpoint: Endpoint): RpcFailure {
  return failure(`${formatEndpoint(endpoint)} does not agree to HTTP/2`, misconfigured("unavailable", NO_HTTP2_HINT));
}

function failure(message: string, { code, kind, hint }: Reason, cause?: unknown): RpcFailure {
  return new RpcFailure(message, { code, kind, hint, cause, evidence: "never-sent" });
}

function unreachable(hint: string, code: ErrorCode = "unavailable"): Reason {
  return { code, kind: "unreachable", hint };
}

function misconfigured(code: ErrorCode, hint: string): Reason {
  return { code, kind: "misconfigured", hint };
}

const NO_PERMISSION = misconfigured(
  "permission_denied",
  "the socket is open to root and its group only: run as root, join that group, or set [grpc] uid and gid in containerd's configuration",
);
const NOT_A_PATH = misconfigured("unavailable", "the address must be the path of containerd's socket");
const TOO_MANY_FILES = unreachable("this process or the system has no file descriptor left", "resource_exhausted");
const NO_ROUTE = unreachable("the network does not lead to that host now");
const NO_HOST = unreachable("the host name cannot be resolved; check the address and the name service");
const UNKNOWN_AUTHORITY = misconfigured(
  "unavailable",
  "the peer's certificate is signed by an unknown authority: pass it as tls.ca",
);
const CLIENT_CERTIFICATE_REFUSED = misconfigured(
  "unavailable",
  "the peer refuses the client certificate: check that tls.cert and tls.key are valid and signed by an authority it trusts",
);
const NOT_TLS = misconfigured(
  "unavailable",
  "the peer does not speak TLS: use an http:// address, or the port that does",
);

const reasons: Readonly<Record<string, Reason>> = {
  ENOENT: unreachable("there is no such socket: is containerd running, and is this its address?"),
  ECONNREFUSED: unreachable("nobody listens there: is containerd running?"),
  EAGAIN: unreachable("the daemon accepts no connections now: its queue is full"),
  ECONNRESET: unreachable("the peer closed the connection while it was made"),
  EPIPE: unreachable("the peer closed the connection while it was made"),
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  ENOTDIR: NOT_A_PATH,
  ELOOP: NOT_A_PATH,
  ENAMETOOLONG: NOT_A_PATH,
  EINVAL: NOT_A_PATH,
  ENOTSOCK: NOT_A_PATH,
  EPROTOTYPE: misconfigured("unavailable", "that socket takes datagrams; containerd's takes streams"),
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  ENOTFOUND: NO_HOST,
  EAI_AGAIN: NO_HOST,
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: NO_ROUTE,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: misconfigured(
    "unavailable",
    "the peer's certificate has expired (or this machine's clock is wrong)",
  ),
  CERT_NOT_YET_VALID: misconfigured(
    "unavailable",
    "the peer's certificate is not valid yet (or this machine's clock is wrong)",
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: misconfigured(
    "unavailable",
    "the peer's certificate is for another host name: correct the address, or pass the name as tls.servername",
  ),
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: misconfigured(
    "unavailable",
    "the peer asks for a client certificate: pass tls.cert and tls.key",
  ),
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: CLIENT_CERTIFICATE_REFUSED,
  ERR_SSL_WRONG_VERSION_NUMBER: NOT_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NOT_TLS,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: misconfigured("unavailable", NO_HTTP2_HINT),
};

const OTHER_TLS = misconfigured(
  "unavailable",
  "the TLS handshake failed: check the certificates and the peer's TLS versions",
);

function reasonOf(error: unknown): Reason {
  const code = errorCode(error);
  const known = code !== undefined && Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  if (known !== undefined) return known;
  return isTlsError(error) ? OTHER_TLS : unreachable("the connection could not be made");
}

function isTlsError(error: unknown): boolean {
  return /^ERR_(SSL|TLS|OSSL)_|CERT|CRL/.test(errorCode(error) ?? "");
}

// Nobody will ever listen on a plain file, although the system says ECONNREFUSED as for a socket without a listener.
function wrongFile(path: string): Reason | undefined {
  try {
    const isSocket = statSync(path, { throwIfNoEntry: false })?.isSocket() ?? true;
    return isSocket
      ? undefined
      : misconfigured("unavailable", "there is a file of another kind: the address must be containerd's socket");
  } catch {
    return undefined;
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function text(error: unknown): string {
  const code = errorCode(error);
  const message = (error instanceof Error ? error.message : String(error)).trim();
  return code === undefined || message.includes(code) ? message : `${message} (${code})`;
}
