import type { ErrorCode } from "../errors.js";
import type { Evidence } from "../options.js";
import { printable, shortened } from "../util/printable.js";

/** A server may say as much as fits into its headers. */
const MAX_MESSAGE = 1_000;

/**
 * What kind of failure it is, where retry has to tell them apart.
 *
 * - `status`: the server's own status.
 * - `malformed`: an answer that breaks gRPC or protobuf rules.
 * - `unreachable`: nothing listens (yet): ENOENT, ECONNREFUSED, EAGAIN; worth waiting for.
 * - `misconfigured`: waiting will not help: permission, wrong kind of file, refused certificate, not a gRPC peer.
 * - `broken`: the connection or the stream died.
 * - `unsupported`: the server's version does not do what is asked; nothing was sent.
 * - `ended`: the caller's deadline, signal or close ended the call.
 */
export type FailureKind = "status" | "malformed" | "unreachable" | "misconfigured" | "broken" | "unsupported" | "ended";

/** Why no connection can be made, as `diagnose` names it. */
export type ConnectProblem =
  | "socket-missing"
  | "socket-stale"
  | "permission-denied"
  | "not-a-socket"
  | "not-grpc"
  | "tls-failed"
  | "unreachable";

export interface RpcFailureDetails {
  readonly code: ErrorCode;
  readonly evidence: Evidence;
  readonly kind: FailureKind;
  readonly hint?: string | undefined;
  readonly problem?: ConnectProblem | undefined;
  /** `grpc-retry-pushback-ms`: wait so long, or never retry (gRFC A6). */
  readonly pushback?: number | "stop" | undefined;
  /** The connection that the request was lost with, as its engine knows it. */
  readonly connection?: object | undefined;
  readonly cause?: unknown;
}

/** How a {@link Wire} fails. Internal: callers of the library see an `ImagesError` made of it. */
export class RpcFailure extends Error {
  override readonly name = "WireFailure";
  readonly code: ErrorCode;
  readonly evidence: Evidence;
  readonly kind: FailureKind;
  readonly hint: string | undefined;
  readonly problem: ConnectProblem | undefined;
  readonly pushback: number | "stop" | undefined;
  readonly connection: object | undefined;

  constructor(message: string, details: RpcFailureDetails) {
    super(
      printable(shortened(message, MAX_MESSAGE)),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.code = details.code;
    this.evidence = details.evidence;
    this.kind = details.kind;
    this.hint = details.hint;
    this.problem = details.problem;
    this.pushback = details.pushback;
    this.connection = details.connection;
  }
}
