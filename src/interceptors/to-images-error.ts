import { isProxy } from "node:util/types";
import { type ErrorCode, ImagesError, type ImagesErrorDetails, type Outcome } from "../errors.js";
import { type Call, namespaceOf } from "../rpc/call.js";
import { RpcFailure } from "../rpc/failure.js";
import type { Request } from "../rpc/request.js";
import { CallSite } from "../util/call-site.js";
import { subjectOf } from "../util/subject.js";
import { hintOf } from "./call-hint.js";
import { keepFailure } from "./error-of-call.js";

/** Makes the error of a call; every message has this form: `method "name" in namespace "ns": what happened`. */
export function callError(whatHappened: string, details: ImagesErrorDetails): ImagesError {
  return new ImagesError(`${subjectOf(details)}: ${whatHappened}`, details);
}

/** The error of a method that has sent nothing; its stack trace begins at the caller. */
export function unsentError(
  whatHappened: string,
  details: Omit<ImagesErrorDetails, "attempts" | "outcome">,
): ImagesError {
  return new CallSite().mark(callError(whatHappened, { ...details, attempts: 0, outcome: "not-applied" }));
}

/** The error of a call that has changed nothing; it is not made from the failure of a request. */
export function unchangedError(
  whatHappened: string,
  call: Call,
  details: Pick<ImagesErrorDetails, "code" | "imageName" | "hint">,
): ImagesError {
  return callError(whatHappened, { ...callDetails(call), ...details, outcome: "not-applied" });
}

function callDetails(call: Call): Pick<ImagesErrorDetails, "method" | "namespace" | "attempts"> {
  return { method: call.method, namespace: namespaceOf(call), attempts: call.attempts.total };
}

/** Makes the error of a call whose last request ended with this failure. */
export function toImagesError(failure: RpcFailure, request: Request, call: Call, outcome: Outcome): ImagesError {
  const { method, imageName } = request;
  // Names the RPC that failed, if it is not the method that the user called.
  const rpc = call.rpc === method.name || call.method === method.name ? "" : `${method.name}: `;
  const error = callError(`${rpc}${failure.message}`, {
    ...callDetails(call),
    code: codeOf(failure),
    imageName,
    outcome,
    hint: failure.hint ?? hintOf(failure, request, call, outcome),
    cause: causeOf(failure),
  });
  return keepFailure(error, failure);
}

/**
 * What users see as the cause: the error of the system, of Node or of the transport, or the reason of the signal. A
 * status and an unreadable response have none, because the message says everything already.
 */
export function causeOf({ kind, cause }: RpcFailure): unknown {
  // `instanceof` throws for a revoked proxy, which the reason of a signal can be.
  if (!isProxy(cause) && cause instanceof RpcFailure) return causeOf(cause);
  return kind === "status" || kind === "malformed" ? undefined : cause;
}

/**
 * The code that users see. `canceled` is only used if the user cancelled; from a server or a proxy it becomes
 * `unavailable`.
 */
export function codeOf({ code, kind }: RpcFailure): ErrorCode {
  return code === "canceled" && kind !== "ended" ? "unavailable" : code;
}
