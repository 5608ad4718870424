import { imageCountResponse, versionResponse } from "../codec/responses.js";
import type { ClientCalls, SendOptions } from "../core/client-calls.js";
import { onCancellation } from "../core/on-cancellation.js";
import { atCaller, isOfCall } from "../interceptors/error-of-call.js";
import { isTooLarge } from "../interceptors/too-large.js";
import type { CallOptions } from "../options.js";
import { LIST, VERSION } from "../rpc/method.js";
import { DIALED } from "../transport/endpoint.js";
import { ask, type FailedCall } from "./ask.js";
import type { Diagnosis, Finding } from "./diagnosis.js";
import { deniedSocket, emptyNamespace, failedCall, http1Peer, oldVersion, otherDaemon } from "./findings.js";
import { askHttp1 } from "./http1.js";
import { type OtherSockets, otherSockets } from "./other-daemons.js";
import { type OtherNamespaces, otherNamespaces } from "./other-namespaces.js";
import { printed, textOf } from "./text.js";
import { lacksOf } from "./version.js";
import { type WellKnown, wellKnownSockets } from "./well-known.js";

/** What the daemon of the client has answered. */
interface Answers {
  readonly version?: string | undefined;
  /** How many images the namespace holds. */
  readonly images?: number | undefined;
  /** Why the images cannot be listed. */
  readonly failed?: FailedCall | undefined;
}

/** All that was found out. */
interface Facts extends Answers {
  readonly problem: Finding | undefined;
  readonly others: OtherSockets;
  readonly namespaces: OtherNamespaces | undefined;
}

/** Sends a few read requests to the daemon, and if they do not explain enough, to the other daemons of this machine. */
export async function diagnose(
  calls: ClientCalls,
  given: CallOptions,
  sockets: readonly WellKnown[] = wellKnownSockets(process.env),
): Promise<Diagnosis> {
  const options = { ...given, attempts: { total: 0 } };
  // What does not ask this daemon is no call of this client: it ends with this signal, and finds nothing then.
  const ended = new AbortController();
  const unsubscribe = onCancellation(calls, given.signal, (cancellation) => ended.abort(cancellation));
  try {
    const facts = await factsOf(calls, options, sockets, ended.signal);
    if (!ended.signal.aborted) return diagnosisOf(calls, facts);
  } catch (error) {
    // A client that closes meanwhile refuses the next call.
    if (!ended.signal.aborted || !isOfCall(error, "failed_precondition")) throw error;
  } finally {
    unsubscribe();
  }
  throw atCaller(calls.canceledError("diagnose", ended.signal.reason, options.attempts));
}

async function factsOf(
  calls: ClientCalls,
  options: SendOptions,
  sockets: readonly WellKnown[],
  ended: AbortSignal,
): Promise<Facts> {
  const answers = await askDaemon(calls, options);
  const { images, failed } = answers;
  const ownAddress = calls.address === DIALED ? undefined : calls.address;
  const others = await otherSockets(failed || images === 0 ? sockets : [], ownAddress, ended);
  const namespaces = images === 0 ? await otherNamespaces(calls, options) : undefined;
  const problem = failed && (await explain(failedCall(failed), ownAddress, ended));
  return { ...answers, problem, others, namespaces };
}

function diagnosisOf({ address, settings }: ClientCalls, facts: Facts): Diagnosis {
  const { version, images, problem, others, namespaces } = facts;
  const lacks = version === undefined ? [] : lacksOf(version);
  const findings = [
    ...(problem ? [problem] : []),
    ...(images === 0 ? [emptyNamespace(settings.namespace, namespaces)] : []),
    ...others.daemons.map(otherDaemon),
    ...others.denied.map(deniedSocket),
    ...(lacks.length === 0 ? [] : [oldVersion(version ?? "", lacks)]),
  ];
  return withText({
    ok: problem === undefined,
    address,
    namespace: settings.namespace,
    version,
    lacks,
    images,
    namespaces: namespaces?.summaries ?? [],
    moreNamespaces: namespaces?.more ?? 0,
    otherDaemons: others.daemons,
    findings: findings.map(printed),
  });
}

/** The version, and how many images the namespace holds. */
async function askDaemon(calls: ClientCalls, options: SendOptions): Promise<Answers> {
  const { value: version, failed } = await ask(calls, VERSION, versionResponse, options);
  // Without a response, another call would take as long again, and fail in the same way.
  if (failed && failed.failure.evidence !== "answered") return { failed };
  const count = await ask(calls, LIST, imageCountResponse, options);
  return {
    version: version || undefined,
    images: count.value,
    failed: isTooLarge(count.failed?.error) ? undefined : count.failed,
  };
}

// Not enumerable, so that a diagnosis is still plain data for JSON, comparisons and structuredClone.
function withText(facts: Omit<Diagnosis, "text">): Diagnosis {
  const text = textOf(facts);
  return Object.defineProperty({ ...facts, text }, "toString", { value: () => text });
}

// Docker's API speaks HTTP/1, and in some versions HTTP/2 too, where it has no Images service.
async function explain(finding: Finding, address: string | undefined, signal: AbortSignal): Promise<Finding> {
  const { problem } = finding;
  if (signal.aborted || address === undefined || (problem !== "not-grpc" && problem !== "no-images")) return finding;
  const peer = await askHttp1(address, signal);
  return peer === undefined ? finding : http1Peer(finding, address, peer);
}
