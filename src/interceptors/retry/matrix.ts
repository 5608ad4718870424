import type { ErrorCode } from "../../errors.js";
import type { RpcFailure } from "../../rpc/failure.js";
import type { RequestKind } from "../../rpc/request.js";

/** What a failure says about the request. All failures of one class are handled in the same way. */
export type FailureClass =
  | "unreachable"
  | "unprocessed"
  | "lost"
  | "unavailable"
  | "failed"
  | "expired"
  | "unreadable"
  | "ended"
  | "final";

/** The classes in words. `scripts/retry-table.ts` makes the guide's table from them and from the matrix. */
export const FAILURE_MEANINGS: Readonly<Record<FailureClass, string>> = {
  unreachable: "no connection could be made",
  unprocessed: "the server did not process the request",
  lost: "the request was sent, and its response was lost",
  unavailable: "the server or a proxy cannot serve now",
  expired: "the server or a proxy gave up before the request was done",
  failed: "the status does not say whether the request was applied",
  unreadable: "the response cannot be read",
  final: "the request was rejected, or cannot be sent",
  ended: "the call was ended on your side",
};

/**
 * What to do next.
 *
 * - `retry`: send the request again after a back-off. This is safe: it has not been processed, or it changes nothing.
 * - `retry-once`: the same, but only one time.
 * - `read-back`: read the record, to find out whether the request was applied.
 * - `stop`: report the failure.
 */
export type Action = "retry" | "retry-once" | "read-back" | "stop";

// An unreachable daemon stops the call, because the channel has already waited for it.
const ALWAYS = { unreachable: "stop", unprocessed: "retry", ended: "stop", final: "stop" } as const;

const MUTATION = {
  ...ALWAYS,
  lost: "read-back",
  unavailable: "read-back",
  failed: "read-back",
  expired: "read-back",
  unreadable: "read-back",
} as const;

/**
 * What to do after a failure, by request. A new kind of request or a new class does not compile until it is decided.
 */
export const RETRY_MATRIX = {
  read: { ...ALWAYS, lost: "retry", unavailable: "retry", failed: "stop", expired: "stop", unreadable: "retry-once" },
  create: MUTATION,
  update: MUTATION,
  // Never sent again after a lost response, also with a digest: another client may have made the record again with it.
  delete: MUTATION,
  // The server deletes the record first and then waits for the garbage collection. So it may be deleted although the
  // deadline has passed.
  "sync-delete": { ...MUTATION, ended: "read-back" },
} as const satisfies Record<RequestKind, Record<FailureClass, Action>>;

/** The class of a failure: by what reached the server and by the status code, never by the text of a message. */
export function failureClass({ kind, evidence, code }: RpcFailure): FailureClass {
  switch (kind) {
    case "unreachable":
    case "ended":
      return kind;
    case "misconfigured":
    case "unsupported":
      return "final";
    case "malformed":
      return "unreadable";
    case "broken":
      return evidence === "never-sent" || evidence === "refused" ? "unprocessed" : "lost";
    case "status":
      // If the request was not sent, the status is that of an earlier request, such as the one for the version.
      return code === "unavailable" && evidence === "never-sent" ? "unprocessed" : statusClass(code);
  }
}

/** The class of a status code. Only a `final` one says that nothing was changed. */
export function statusClass(code: ErrorCode): FailureClass {
  switch (code) {
    case "unavailable":
      return "unavailable";
    case "deadline_exceeded":
    case "canceled":
      return "expired";
    // The daemon commits a change, then publishes an event and sends the response. The call fails if one of these two
    // fails, although the change is stored.
    case "unknown":
    case "internal":
    case "data_loss":
    case "aborted":
    case "resource_exhausted":
      return "failed";
    case "invalid_argument":
    case "not_found":
    case "already_exists":
    case "permission_denied":
    case "failed_precondition":
    case "out_of_range":
    case "unimplemented":
    case "unauthenticated":
      return "final";
  }
}
