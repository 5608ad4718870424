import { DEFAULT_ADDRESS } from "../defaults.js";
import { RpcFailure } from "../rpc/failure.js";
import { withoutDiagnose } from "../rpc/hint.js";
import { shortened } from "../util/printable.js";
import type { FailedCall } from "./ask.js";
import type { Finding, NamespaceSummary, OtherDaemon, Problem } from "./diagnosis.js";
import type { Http1Peer } from "./http1.js";
import type { OtherNamespaces } from "./other-namespaces.js";
import type { WellKnown } from "./well-known.js";

const MAX_NAMESPACES_SHOWN = 10;
const MAX_VERSION_LENGTH = 100;
const DOCKER_NAMESPACE = "moby";
const USE_CONTAINERD = `containerd speaks gRPC over HTTP/2; Docker's own containerd is usually at ${DEFAULT_ADDRESS}, and its namespace is "${DOCKER_NAMESPACE}"`;
const WITHOUT_IMAGE_STORE =
  "Docker keeps images here only with its containerd image store; otherwise they are in Docker's own storage";

/** Why images cannot be listed. */
export function failedCall({ error, failure }: FailedCall): Finding {
  const root = rootOf(failure);
  return {
    problem: problemOf(root),
    severity: "error",
    message: root.message,
    advice: error.hint && withoutDiagnose(error.hint),
  };
}

/**
 * The finding for a call that failed, if the peer responds to HTTP/1. It stays the same for a peer that also speaks
 * HTTP/2 and is not Docker.
 */
export function http1Peer(finding: Finding, address: string, { server }: Http1Peer): Finding {
  const isDocker = server.startsWith("Docker/");
  if (finding.problem !== "not-grpc" && !isDocker) return finding; // a proxy that serves HTTP/1 beside HTTP/2
  const message = isDocker
    ? `${address} answers HTTP/1 as ${shortened(server, MAX_VERSION_LENGTH)}: this is Docker's API`
    : `${address} answers HTTP/1: is it Docker's API?`;
  return { problem: "not-grpc", severity: "error", message, advice: USE_CONTAINERD };
}

/** The finding for a namespace without images; `others` are the other namespaces. */
export function emptyNamespace(namespace: string, others: OtherNamespaces | undefined): Finding {
  const message = `the namespace ${JSON.stringify(namespace)} holds no images`;
  const hints = [
    ...(others === undefined ? [] : [adviceFrom(others)]),
    ...(namespace === DOCKER_NAMESPACE ? [WITHOUT_IMAGE_STORE] : []),
  ];
  const advice = hints.length === 0 ? undefined : hints.join(". ");
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

export function deniedSocket({ name, address }: WellKnown): Finding {
  return {
    problem: "other-socket-denied",
    severity: "note",
    message: `there is also a socket of ${name}, which this user may not open`,
    advice: `its address is ${address}; run as root to find out what it is`,
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
function rootOf(failure: RpcFailure): RpcFailure {
  return failure.cause instanceof RpcFailure ? rootOf(failure.cause) : failure;
}

function problemOf({ problem, kind, code }: RpcFailure): Problem {
  if (problem !== undefined) return problem;
  if (code === "permission_denied" || code === "unauthenticated") return "permission-denied";
  if (code === "unimplemented") return "no-images";
  if (code === "deadline_exceeded") return "silent";
  return kind === "misconfigured" ? "not-grpc" : "failing"; // a proxy that refuses the request in plain HTTP
}

function adviceFrom({ summaries, more }: OtherNamespaces): string {
  const holding = summaries.filter(({ images }) => images !== 0);
  const unknown = more > 0 ? `; ${more} more not looked at` : "";
  return (holding.length === 0 ? nothingIn(summaries, more) : `these do: ${listed(holding)}`) + unknown;
}

function nothingIn({ length }: readonly NamespaceSummary[], more: number): string {
  return more > 0 ? `none of ${length} other namespaces holds any` : "no other namespace of this daemon holds any";
}

function listed(holding: readonly NamespaceSummary[]): string {
  const shown = holding.slice(0, MAX_NAMESPACES_SHOWN);
  const named = shown.map(({ name, images }) => `${JSON.stringify(name)} (${images ?? "not counted"})`);
  const more = holding.length - shown.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}
