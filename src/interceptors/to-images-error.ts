import { type ErrorCode, ImagesError, type Outcome } from "../errors.js";
import { type Call, namespaceOf } from "../rpc/call.js";
import type { RpcFailure } from "../rpc/failure.js";
import type { Method } from "../rpc/method.js";
import type { Request } from "../rpc/request.js";
import { shortened } from "../util/printable.js";

const MAX_NAME_SHOWN = 120;

const failures = new WeakMap<object, RpcFailure>();

/** The failure that {@link toImagesError} has made this error of, for what decides by evidence or kind. */
export function failureOf(error: unknown): RpcFailure | undefined {
  return typeof error === "object" && error !== null ? failures.get(error) : undefined;
}

/** The code that callers see. Only they cancel: a server or a proxy that says so has given up by itself. */
export function codeOf({ code, kind }: RpcFailure): ErrorCode {
  return code === "canceled" && kind !== "ended" ? "unavailable" : code;
}

/** Turns the last failure of a call into the error that its caller sees. */
export function toImagesError(
  failure: RpcFailure,
  about: {
    readonly request: Request;
    readonly call: Call;
    readonly attempts: number;
    readonly outcome: Outcome;
  },
): ImagesError {
  const { request, call, attempts, outcome } = about;
  const { method, imageName } = request;
  const namespace = namespaceOf(call);
  const hint = failure.hint ?? statusHint(failure, method);
  const subject = imageName === undefined ? method.name : `${method.name} ${quote(imageName)}`;
  const text = `${subject} in namespace ${quote(namespace)}: ${failure.message}`;
  const error = new ImagesError(hint === undefined ? text : `${text} (${hint})`, {
    code: codeOf(failure),
    method: method.name,
    namespace,
    imageName,
    attempts,
    outcome,
    hint,
    // What went wrong underneath (the signal's reason, the system's error), not our wrapping of it.
    cause: failure.kind === "ended" ? failure.cause : (failure.cause ?? failure),
  });
  failures.set(error, failure);
  return error;
}

/** A name as messages show it. */
export function quote(text: string): string {
  return JSON.stringify(shortened(text, MAX_NAME_SHOWN));
}

function statusHint({ kind, code }: RpcFailure, { name }: Method): string | undefined {
  if (kind !== "status") return undefined;
  if (code === "failed_precondition")
    return "the server saw no namespace: does a proxy drop the containerd-namespace header?";
  if (code !== "unimplemented") return undefined;
  return name === "create"
    ? "a server before containerd 1.0 has no Create, and containerd's own TCP port serves no images at all"
    : "containerd's own TCP port serves no images: use its Unix socket, or a proxy in front of it";
}
