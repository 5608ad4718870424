import type { OutgoingHttpHeaders } from "node:http2";
import type { ErrorCode } from "../../errors.js";
import { type FailureKind, RpcFailure } from "../../rpc/failure.js";
import {
  CANCEL,
  ENHANCE_YOUR_CALM,
  FRAME_SIZE_ERROR,
  INADEQUATE_SECURITY,
  NO_ERROR,
  REFUSED_STREAM,
} from "./error-codes.js";
import type { Session } from "./session.js";

/** What a call says that this side has ended with its connection. */
export const CLOSED_HERE = "the connection was closed by this client";

/** Node's HTTP/2 sends no request with larger headers. */
const MAX_HEADER_BYTES = 64 << 10;

/** A stream that ended without a status. */
interface LostStream {
  readonly id: number | undefined;
  readonly resetCode: number;
  /** Whether the response had begun, which shows that the peer had accepted the request. */
  readonly hasBegun: boolean;
  readonly error: unknown;
  readonly sentHeaders: OutgoingHttpHeaders | undefined;
}

/** The failure that says why the response is missing, and what reached the server. The first reason counts. */
export function lostStreamFailure(
  { id, resetCode, hasBegun, error, sentHeaders }: LostStream,
  session: Session,
): RpcFailure {
  const { goAway } = session;
  const isRefused = !hasBegun && resetCode === REFUSED_STREAM;
  const isLeftOut = !hasBegun && id !== undefined && goAway !== undefined && id > goAway.lastStreamId;
  const lost = (message: string, code: ErrorCode, kind: FailureKind = "broken", cause = error) =>
    new RpcFailure(message, { code, evidence: "no-answer", kind, cause, connection: session });
  const refused = (message: string, code: ErrorCode) =>
    new RpcFailure(message, { code, evidence: "refused", kind: "broken", cause: error });

  if (session.destroyed) return lost(CLOSED_HERE, "unavailable", "ended");
  if (isLeftOut) return refused("the daemon went away before it took the request", codeOfGoAway(goAway.code));
  if (goAway !== undefined && goAway.code !== NO_ERROR)
    return lost(`the daemon ended the connection (HTTP/2 error ${goAway.code})`, codeOfGoAway(goAway.code));
  if (isUnsent(resetCode, sentHeaders)) return oversizedFailure(error);
  // HAProxy refuses a request that it has passed on, too, if a connection to the daemon that it used before is lost.
  if (isRefused && session.reachesOneDaemon) return refused("the daemon refused the request", "unavailable");
  if (session.gone)
    return lost("the connection broke before the answer came", "unavailable", "broken", session.error ?? error);
  return lost(`the daemon ended the call without an answer (HTTP/2 error ${resetCode})`, codeOfReset(resetCode));
}

// Node itself ends such a stream, with a code that a server could use, too: from 22.3 to 22.12 with FRAME_SIZE_ERROR.
function isUnsent(resetCode: number, headers: OutgoingHttpHeaders = {}): boolean {
  return [REFUSED_STREAM, FRAME_SIZE_ERROR].includes(resetCode) && headerBytes(headers) > MAX_HEADER_BYTES;
}

/** The size as Node's HTTP/2 counts it, with the most that the lengths of each header can take. */
function headerBytes(headers: OutgoingHttpHeaders): number {
  return Object.entries(headers).reduce((sum, [key, value]) => sum + 12 + key.length + String(value).length, 17);
}

function oversizedFailure(cause: unknown): RpcFailure {
  return new RpcFailure("the headers of the request are too large to send", {
    code: "resource_exhausted",
    kind: "misconfigured",
    evidence: "never-sent",
    hint: "all headers of a call together have room for 64 KiB",
    cause,
  });
}

function codeOfGoAway(code: number): ErrorCode {
  return code === ENHANCE_YOUR_CALM ? "resource_exhausted" : "unavailable";
}

// CANCEL comes from the peer here, not from the caller; it is what a daemon sends when it is killed.
function codeOfReset(code: number): ErrorCode {
  switch (code) {
    case NO_ERROR:
    case CANCEL:
    case REFUSED_STREAM:
      return "unavailable";
    case ENHANCE_YOUR_CALM:
      return "resource_exhausted";
    case INADEQUATE_SECURITY:
      return "permission_denied";
    default:
      return "internal";
  }
}
