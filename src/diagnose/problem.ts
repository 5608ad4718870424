import type { ImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import { RpcFailure } from "../rpc/failure.js";
import type { Finding, Problem } from "./diagnosis.js";

/** What a call that failed says about the connection and the server. */
export function findingOf(error: ImagesError): Finding {
  const failure = rootOf(failureOf(error));
  const problem = failure === undefined ? "failing" : problemOf(failure);
  return { problem, severity: "error", message: failure?.message ?? error.message, advice: error.hint };
}

// A deadline that passed while no connection could be made hides why.
function rootOf(failure: RpcFailure | undefined): RpcFailure | undefined {
  return failure?.cause instanceof RpcFailure ? rootOf(failure.cause) : failure;
}

function problemOf({ problem, kind, code }: RpcFailure): Problem {
  if (problem !== undefined) return problem;
  if (code === "permission_denied" || code === "unauthenticated") return "permission-denied";
  if (code === "unimplemented") return "no-images";
  if (code === "deadline_exceeded") return "silent";
  return kind === "misconfigured" ? "not-grpc" : "failing"; // a proxy that refuses the request speaks HTTP itself
}
