import type { ErrorCode } from "../../errors.js";
import type { RpcFailure } from "../../rpc/failure.js";
import type { RequestKind } from "../../rpc/request.js";

/** Failures that differ in what is known about the request. */
export type FailureClass =
  | "unreachable" // no connection could be made
  | "unprocessed" // the peer never got or never took the request
  | "lost" // sent, and the answer never came
  | "unavailable" // the server's status says that it cannot serve now
  | "failed" // the server's status does not say whether it acted
  | "expired" // the server's status says that time ran out there
  | "unreadable" // an answer that is not gRPC or not the message
  | "ended" // the caller's deadline, signal or close
  | "final"; // the server or this library said no

/**
 * What to do next.
 *
 * - `retry`: send the request once more after a back-off; nothing can happen twice.
 * - `retry-once`: the same, but only one time.
 * - `read-back`: ask the server what became of the request, and let that decide.
 * - `stop`: report the failure.
 */
export type Action = "retry" | "retry-once" | "read-back" | "stop";

// An unreachable daemon has been waited for already, by the engine, for all calls together.
const always = { unreachable: "stop", unprocessed: "retry", ended: "stop", final: "stop" } as const;

const mutation = {
  ...always,
  lost: "read-back",
  unavailable: "read-back",
  failed: "read-back",
  expired: "read-back",
  unreadable: "read-back",
} as const;

/** Which failure of which request leads to what. A new kind or class does not compile until it is decided here. */
export const retryMatrix = {
  read: { ...always, lost: "retry", unavailable: "retry", failed: "stop", expired: "stop", unreadable: "retry-once" },
  create: mutation,
  update: mutation,
  delete: mutation,
  // A digest does not say which record it is: another client may have made it again.
  "conditional-delete": mutation,
  // The record goes before the wait for the garbage collection begins, so the deadline says little.
  "sync-delete": { ...mutation, ended: "read-back" },
} as const satisfies Record<RequestKind, Record<FailureClass, Action>>;

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
      // Never sent, and still a status: that of a request made before it, such as for the version.
      return code === "unavailable" && evidence === "never-sent" ? "unprocessed" : statusClass(code);
  }
}

/** What a status of the server says about the request; only `final` ones say that nothing was changed. */
export function statusClass(code: ErrorCode): FailureClass {
  switch (code) {
    case "unavailable":
      return "unavailable";
    case "deadline_exceeded":
    case "canceled":
      return "expired";
    // The daemon publishes an event after it has committed a change, and an answer that grew too large or an event
    // that could not be published fails the call all the same.
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
