import type { ImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import { RpcFailure } from "../rpc/failure.js";
import type { Finding, Problem } from "./diagnosis.js";

/** What a call that failed says about the connection and the server. */
export function findingOf(error: ImagesError, isSocket: boolean): Finding {
  const failure = rootOf(failureOf(error));
  const problem = failure === undefined ? "failing" : problemOf(failure, isSocket);
  return { problem, severity: "error", message: failure?.message ?? error.message, advice: error.hint };
}

// A deadline that passed while no connection could be made hides why.
function rootOf(failure: RpcFailure | undefined): RpcFailure | undefined {
  return failure?.cause instanceof RpcFailure ? rootOf(failure.cause) : failure;
}

function problemOf(failure: RpcFailure, isSocket: boolean): Problem {
  const { kind, code } = failure;
  if (code === "permission_denied" || code === "unauthenticated") return "permission-denied";
  if (code === "unimplemented") return "no-images";
  if (code === "deadline_exceeded") return "silent";
  const errno = errnoOf(failure);
  if (kind === "unreachable") return unreachable(errno, isSocket);
  if (kind !== "misconfigured") return "failing";
  if (isSystemError(errno)) return "not-a-socket";
  return isTlsError(errno) ? "tls-failed" : "not-grpc";
}

function unreachable(errno: string, isSocket: boolean): Problem {
  if (!isSocket) return "unreachable";
  if (errno === "ENOENT") return "socket-missing";
  return errno === "ECONNREFUSED" ? "socket-stale" : "unreachable";
}

/** The operating system's, Node's or OpenSSL's name of what went wrong; empty where there is none. */
function errnoOf(failure: RpcFailure): string {
  for (let cause = failure.cause; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string") return cause.code;
  }
  return "";
}

function isSystemError(errno: string): boolean {
  return /^E[A-Z]+$/.test(errno);
}

function isTlsError(errno: string): boolean {
  return /^ERR_(SSL|TLS|OSSL)_|CERT|CRL/.test(errno);
}
