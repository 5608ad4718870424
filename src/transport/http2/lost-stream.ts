import type { OutgoingHttpHeaders } from "node:http2";
import type { ErrorCode } from "../../errors.js";
import { type FailureKind, RpcFailure } from "../../rpc/failure.js";
import { CANCEL, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, NO_ERROR, REFUSED_STREAM } from "./error-codes.js";
import type { Session } from "./session.js";

/** What a call says that this side has ended with its connection. */
export const CLOSED_HERE = "the connection was closed by this client";

const MAX_HEADER_BYTES = 60 << 10;

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
  if (isRefused && headerBytes(sentHeaders) > MAX_HEADER_BYTES) return oversizedFailure(error);
  // HAProxy refuses a request that it has passed on, too, if a connection to the daemon that it used before is lost.
  if (isRefused && session.reachesOneDaemon) return refused("the daemon refused the request", "unavailable");
  if (session.gone)
    return lost("the connection broke before the answer came", "unavailable", "broken", session.error ?? error);
  return lost(`the daemon ended the call without an answer (HTTP/2 error ${resetCode})`, codeOfReset(resetCode));
}

function headerBytes(headers: OutgoingHttpHeaders = {}): number {
  return Object.entries(headers).reduce((sum, [key, value]) => sum + key.length + String(value).length, 0);
}

// Node itself rejects such a request, with the code that a server would use.
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
