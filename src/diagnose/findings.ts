import type { ImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import { RpcFailure } from "../rpc/failure.js";
import { shortened } from "../util/printable.js";
import type { Finding, NamespaceSummary, OtherDaemon, Problem } from "./diagnosis.js";

const MAX_NAMESPACES_SHOWN = 10;
const MAX_VERSION_LENGTH = 100;

/** Why images cannot be listed. */
export function failedCall(error: ImagesError): Finding {
  const failure = rootOf(failureOf(error));
  const problem = failure === undefined ? "failing" : problemOf(failure);
  return { problem, severity: "error", message: failure?.message ?? error.message, advice: error.hint };
}

/** The finding for a namespace without images; `others` are the other namespaces. */
export function emptyNamespace(namespace: string, others: readonly NamespaceSummary[] | undefined): Finding {
  const message = `the namespace ${JSON.stringify(namespace)} holds no images`;
  const advice = others === undefined ? undefined : adviceFrom(others);
  return { problem: "namespace-empty", severity: "warning", message, advice };
}

export function otherDaemon({ name, address, version }: OtherDaemon): Finding {
  return {
    problem: "other-daemon",
    severity: "note",
    message: `another containerd answers: ${name}, ${version}`,
    advice: `its address is ${address}`,
  };
}

export function oldVersion(version: string, lacks: readonly string[]): Finding {
  return {
    problem: "old-version",
    severity: "note",
    message: `containerd ${shortened(version, MAX_VERSION_LENGTH)} lacks ${lacks.join("; ")}`,
    advice: "upgrade to containerd 2.0 or newer to have it all",
  };
}

// If the deadline passed while no connection could be made, the cause says why none could be made.
function rootOf(failure: RpcFailure | undefined): RpcFailure | undefined {
  return failure?.cause instanceof RpcFailure ? rootOf(failure.cause) : failure;
}

function problemOf({ problem, kind, code }: RpcFailure): Problem {
  if (problem !== undefined) return problem;
  if (code === "permission_denied" || code === "unauthenticated") return "permission-denied";
  if (code === "unimplemented") return "no-images";
  if (code === "deadline_exceeded") return "silent";
  return kind === "misconfigured" ? "not-grpc" : "failing"; // a proxy that refuses the request in plain HTTP
}

function adviceFrom(namespaces: readonly NamespaceSummary[]): string {
  const holding = namespaces.filter(({ images }) => images !== 0);
  if (holding.length === 0) return "no other namespace of this daemon holds any";
  const shown = holding.slice(0, MAX_NAMESPACES_SHOWN);
  const named = shown.map(({ name, images }) => `${JSON.stringify(name)} (${images ?? "many"})`);
  const more = holding.length - shown.length;
  return `these do: ${[...named, ...(more > 0 ? [`and ${more} more`] : [])].join(", ")}`;
}
