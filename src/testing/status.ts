import type { ErrorCode } from "../errors.js";
import { STATUS_CODES } from "../rpc/status-codes.js";

/** A gRPC status other than OK. If it is thrown, it becomes the response of the call. */
export class Status extends Error {
  override readonly name = "Status";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** The number that `grpc-status` carries. */
  get number(): number {
    return STATUS_CODES.indexOf(this.code) + 1;
  }
}

/** Whether `text` is the name of a gRPC code other than OK. */
export function isErrorCode(text: unknown): text is ErrorCode {
  return (STATUS_CODES as readonly unknown[]).includes(text); // widened: includes() only accepts the element type
}

/**
 * If it is thrown, a call ends without a response: it breaks the stream, the connection, or, as when the daemon is
 * killed, all connections.
 */
export class Disconnect extends Error {
  override readonly name = "Disconnect";
  readonly scope: "call" | "connection" | "daemon";

  constructor(scope: "call" | "connection" | "daemon") {
    super("the connection was dropped");
    this.scope = scope;
  }
}

// containerd appends the class of an error to its text; these are its texts.

export function invalidArgument(text: string): Status {
  return new Status("invalid_argument", `${text}: invalid argument`);
}

export function notFound(text: string): Status {
  return new Status("not_found", `${text}: not found`);
}

/** The trailers for a status; without a status, those for OK. */
export function statusTrailers(status?: Status): { "grpc-status": string; "grpc-message": string } {
  return { "grpc-status": String(status?.number ?? 0), "grpc-message": percentEncode(status?.message ?? "") };
}

// gRPC writes printable ASCII except "%" unchanged, and everything else as UTF-8 bytes, each as %XX.
function percentEncode(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}
