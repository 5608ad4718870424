import { statSync } from "node:fs";
import { RpcFailure } from "../../rpc/failure.js";
import { messageOf } from "../../util/message-of.js";
import {
  cannotConnectText,
  type Endpoint,
  formatEndpoint,
  isDialed,
  isTooLongForSocket,
  maxSocketPathBytes,
  pathOf,
  peerText,
  socketFileOf,
} from "../endpoint.js";
import { hintsFor } from "../endpoint-hints.js";
import { CLOSED_EARLY, errnoOf, isTlsError, NO_HTTP2_HINT, OTHER_ERRNO, OTHER_FILE } from "../errno.js";
import { isSystemError, readable, systemErrorOf } from "../system-error.js";
import { dialReason, type Reason } from "./dial-reason.js";
import { closedFolder } from "./socket-file.js";

/** The end of the name of containerd's other socket, which shims use. */
const TTRPC = ".ttrpc";
const NOT_GRPC = { code: "unavailable", kind: "misconfigured", problem: "not-grpc" } as const;

/**
 * The failure for a connection that cannot be made. Its kind is `unreachable` if waiting can help. Nothing was sent.
 */
export function connectFailure(thrown: unknown, endpoint: Endpoint): RpcFailure {
  const error = readable(thrown);
  const reason = reasonOf(error, endpoint);
  const { closedInHandshake, problems } = hintsFor(endpoint);
  const own = closedFolderHint(reason, endpoint) ?? problems?.[reason.problem];
  const hint = (reason === CLOSED_EARLY ? closedInHandshake : own) ?? reason.hint;
  return failure(`${cannotConnectText(endpoint)}: ${textOf(error)}`, { ...reason, hint }, error);
}

function reasonOf(error: unknown, endpoint: Endpoint): Reason {
  if (isOtherFile(endpoint)) return OTHER_FILE;
  const system = systemErrorOf(error);
  const ofDial = isDialed(endpoint) ? dialReason(error) : undefined;
  return ofDial ?? (system === undefined ? OTHER_ERRNO : errnoOf(system));
}

/** Whether no process listens: the socket does not exist, or a process that has ended has left it. */
export function isNotListening({ kind, cause }: RpcFailure): boolean {
  const errno = systemErrorOf(cause)?.code;
  return kind === "unreachable" && (errno === "ENOENT" || errno === "ECONNREFUSED");
}

/** Whether the socket exists, but this process may not use it. */
export function isDenied({ cause }: RpcFailure): boolean {
  return systemErrorOf(cause)?.code === "EACCES";
}

/** The failure for a socket path that need not be tried, because it cannot work; `undefined` for any other endpoint. */
export function pathFailure(endpoint: Endpoint): RpcFailure | undefined {
  const path = pathOf(endpoint);
  if (path?.endsWith(TTRPC)) return ttrpcFailure(endpoint);
  const file = socketFileOf(endpoint);
  return file !== undefined && isTooLongForSocket(file) ? tooLongFailure(endpoint) : undefined;
}

// containerd's ttrpc server waits for the rest of a message that never comes, so a call would wait for its deadline.
function ttrpcFailure(endpoint: Endpoint): RpcFailure {
  const address = socketFileOf(endpoint) ?? formatEndpoint(endpoint);
  return failure(`${cannotConnectText(endpoint)}: this is containerd's ttrpc socket`, {
    ...NOT_GRPC,
    hint: `the images are at the gRPC socket beside it: use ${address.slice(0, -TTRPC.length)}`,
  });
}

function tooLongFailure(endpoint: Endpoint): RpcFailure {
  return failure(`${cannotConnectText(endpoint)}: the path is too long`, {
    code: "unavailable",
    kind: "misconfigured",
    problem: "not-a-socket",
    hint: `a socket path has at most ${maxSocketPathBytes()} bytes; the system would cut it and reach another socket`,
  });
}

/** The failure for a peer that breaks or ends the connection before its first SETTINGS frame. */
export function handshakeFailure(endpoint: Endpoint, receivedBytes: number | undefined, thrown?: unknown): RpcFailure {
  const error = readable(thrown);
  const system = systemErrorOf(error);
  if (system !== undefined && isTlsError(system)) return connectFailure(error, endpoint);
  const { notHttp2, closedEarly } = hintsFor(endpoint);
  const peer = peerText(endpoint);
  if ((receivedBytes ?? 0) > 0 || isProtocolError(error))
    return failure(`${peer} is not a gRPC peer`, { ...NOT_GRPC, hint: notHttp2 }, error);
  return failure(`${peer} closed the connection before it said anything`, { ...OTHER_ERRNO, hint: closedEarly }, error);
}

// Bun counts no bytes that its HTTP/2 reads, and not every dialed stream counts them, so that there only the error
// tells that the peer has sent some.
function isProtocolError(error: unknown): boolean {
  return isSystemError(error) && error.code === "ERR_HTTP2_ERROR";
}

/** The failure for a peer that does not agree to HTTP/2 in the TLS handshake. */
export function protocolFailure(endpoint: Endpoint): RpcFailure {
  return failure(`${peerText(endpoint)} does not agree to HTTP/2`, { ...NOT_GRPC, hint: NO_HTTP2_HINT });
}

function failure(message: string, { code, kind, hint, problem }: Reason, cause?: unknown): RpcFailure {
  return new RpcFailure(message, { code, kind, hint, problem, cause, evidence: "never-sent" });
}

// No process can listen on a plain file, but Linux reports ECONNREFUSED, as for a socket without a listener.
function isOtherFile(endpoint: Endpoint): boolean {
  const path = socketFileOf(endpoint);
  try {
    return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isSocket() === false;
  } catch {
    return false;
  }
}

function closedFolderHint({ problem }: Reason, endpoint: Endpoint): string | undefined {
  const path = socketFileOf(endpoint);
  const folder = problem === "permission-denied" && path !== undefined ? closedFolder(path) : undefined;
  if (folder === undefined) return undefined;
  return `this user may not enter ${folder}, so the socket is out of reach: run as root, or allow this user to enter that folder (chmod o+x, or setfacl for one user)`;
}

function textOf(error: unknown): string {
  const system = systemErrorOf(error);
  if (system === undefined) return messageOf(error) || "it gave no reason";
  const message = system.message.trim();
  return message.includes(system.code) ? message : `${message} (${system.code})`;
}
