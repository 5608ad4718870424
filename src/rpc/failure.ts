import type { ErrorCode } from "../errors.js";
import type { Evidence } from "../options.js";
import { printable, shortened } from "../util/printable.js";

/** A server's message can be as long as its headers, so it is shortened. */
const MAX_MESSAGE = 1_000;

/**
 * The kinds of failures that are handled differently.
 *
 * - `status`: the server's own status.
 * - `malformed`: a response that breaks the rules of gRPC or protobuf.
 * - `unreachable`: no connection can be made at the moment (ENOENT, ECONNREFUSED, EAGAIN); waiting can help.
 * - `misconfigured`: no connection can be made, and waiting does not help: missing permission, wrong kind of file,
 *   rejected certificate, not a gRPC peer.
 * - `broken`: the connection or the stream was lost.
 * - `unsupported`: the server's version does not support the request; nothing was sent.
 * - `ended`: this side ended the call: its deadline, its signal, or the client when it was closed.
 */
export type FailureKind = "status" | "malformed" | "unreachable" | "misconfigured" | "broken" | "unsupported" | "ended";

/** Why no connection can be made, in the words of `diagnose`. */
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
  /**
   * How many milliseconds to wait before the retry: the header `grpc-retry-pushback-ms` of gRPC (gRFC A6), or
   * `retry-after` of a plain HTTP response. "stop" means no retry.
   */
  readonly pushback?: number | "stop" | undefined;
  /** The connection with which the request was lost; only its channel knows what it is. */
  readonly connection?: object | undefined;
  readonly cause?: unknown;
}

/** The failure of a request. It is internal: users of the library get an `ImagesError` that is made from it. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";
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

  /** The same failure with another message or other details. */
  with({ message = this.message, ...changes }: Partial<RpcFailureDetails> & { readonly message?: string }): RpcFailure {
    // Spreading does not copy the cause, which is not enumerable.
    return new RpcFailure(message, { ...this, cause: this.cause, ...changes });
  }
}

/** What a response shows that breaks the rules of gRPC or protobuf, or a limit of this library. */
export const MALFORMED = { kind: "malformed", evidence: "answered" } as const;

/** The failure for such a response. */
export function malformedFailure(
  message: string,
  { code = "internal", ...more }: Partial<Pick<RpcFailureDetails, "code" | "cause" | "hint">> = {},
): RpcFailure {
  return new RpcFailure(message, { ...more, code, ...MALFORMED });
}
