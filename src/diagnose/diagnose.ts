import { imageCountResponse, versionResponse } from "../codec/responses.js";
import type { ClientCalls, SendOptions } from "../core/client-calls.js";
import { atCaller, failureOf } from "../interceptors/error-of-call.js";
import { isTooLarge } from "../interceptors/too-large.js";
import type { CallOptions } from "../options.js";
import { cancellationOf } from "../rpc/deadline.js";
import { LIST, VERSION } from "../rpc/method.js";
import { DIALED } from "../transport/endpoint.js";
import { ask } from "./ask.js";
import type { Diagnosis, Finding } from "./diagnosis.js";
import { deniedSocket, emptyNamespace, failedCall, http1Peer, oldVersion, otherDaemon } from "./findings.js";
import { askHttp1 } from "./http1.js";
import { otherSockets } from "./other-daemons.js";
import { otherNamespaces } from "./other-namespaces.js";
import { printed, textOf } from "./text.js";
import { lacksOf } from "./version.js";
import { type WellKnown, wellKnownSockets } from "./well-known.js";

/** Sends a few read requests to the daemon, and if they do not explain enough, to the other daemons of this machine. */
export async function diagnose(
  calls: ClientCalls,
  given: CallOptions,
  sockets: readonly WellKnown[] = wellKnownSockets(process.env),
): Promise<Diagnosis> {
  const { address } = calls;
  const { signal } = given;
  const { namespace } = calls.settings;
  const options = { ...given, attempts: { total: 0 } };
  const { version, images, error } = await askDaemon(calls, options);
  const isEmpty = images === 0;
  const ownAddress = address === DIALED ? undefined : address;
  const others = await otherSockets(error || isEmpty ? sockets : [], ownAddress, signal);
  const namespaces = isEmpty ? await otherNamespaces(calls, options) : undefined;
  const lacks = version === undefined ? [] : lacksOf(version);
  const findings = [
    ...(error ? [await explain(failedCall(error), ownAddress, signal)] : []),
    ...(isEmpty ? [emptyNamespace(namespace, namespaces)] : []),
    ...others.daemons.map(otherDaemon),
    ...others.denied.map(deniedSocket),
    ...(lacks.length === 0 ? [] : [oldVersion(version ?? "", lacks)]),
  ];
  // What does not ask this daemon ends with the signal, too, but finds nothing then.
  if (signal?.aborted === true)
    throw atCaller(calls.canceledError("diagnose", cancellationOf(signal.reason), options.attempts));
  return withText({
    ok: !error,
    address,
    namespace,
    version,
    lacks,
    images,
    namespaces: namespaces?.summaries ?? [],
    moreNamespaces: namespaces?.more ?? 0,
    otherDaemons: others.daemons,
    findings: findings.map(printed),
  });
}

/** The version, and how many images the namespace holds; `error` says why they cannot be listed. */
async function askDaemon(calls: ClientCalls, options: SendOptions) {
  const { value: version, error } = await ask(calls, VERSION, versionResponse, options);
  // Without a response, another call would take as long again, and fail in the same way.
  if (error && failureOf(error)?.evidence !== "answered") return { error };
  const count = await ask(calls, LIST, imageCountResponse, options);
  return { version, images: count.value, error: isTooLarge(count.error) ? undefined : count.error };
}

// Not enumerable, so that a diagnosis is still plain data for JSON, comparisons and structuredClone.
function withText(facts: Omit<Diagnosis, "text">): Diagnosis {
  const text = textOf(facts);
  return Object.defineProperty({ ...facts, text }, "toString", { value: () => text });
}

// Docker's API speaks HTTP/1, and in some versions HTTP/2 too, where it has no Images service.
async function explain(
  finding: Finding,
  address: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const { problem } = finding;
  if (address === undefined || (problem !== "not-grpc" && problem !== "no-images")) return finding;
  const peer = await askHttp1(address, signal);
  return peer === undefined ? finding : http1Peer(finding, address, peer);
}
