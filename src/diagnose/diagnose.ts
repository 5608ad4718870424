import { imageCountResponse, versionResponse } from "../codec/responses.js";
import type { ClientCalls } from "../core/client-calls.js";
import type { ImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import type { CallOptions } from "../options.js";
import { LIST, VERSION } from "../rpc/method.js";
import { ask } from "./ask.js";
import type { Diagnosis } from "./diagnosis.js";
import { emptyNamespace, failedCall, oldVersion, otherDaemon } from "./findings.js";
import { otherDaemons } from "./other-daemons.js";
import { otherNamespaces } from "./other-namespaces.js";
import { printed, textOf } from "./text.js";
import { lacksOf } from "./version.js";
import { type WellKnown, wellKnownSockets } from "./well-known.js";

/** Sends a few read requests to the daemon, and if they do not explain enough, to the other daemons of this machine. */
export async function diagnose(
  calls: ClientCalls,
  options: CallOptions,
  sockets: readonly WellKnown[] = wellKnownSockets(process.env),
): Promise<Diagnosis> {
  const { address } = calls;
  const { namespace } = calls.settings;
  const version = await ask(calls, VERSION, versionResponse, options);
  const count = hasNoResponse(version.error)
    ? { error: version.error }
    : await ask(calls, LIST, imageCountResponse, options);
  const ok = count.error === undefined || isTooLarge(count.error);
  const isEmpty = count.value === 0;
  const others = !ok || isEmpty ? await otherDaemons(sockets, address) : [];
  const namespaces = isEmpty ? await otherNamespaces(calls, options) : undefined;
  const lacks = version.value === undefined ? [] : lacksOf(version.value);
  const findings = [
    ...(ok ? [] : [failedCall(count.error)]),
    ...(isEmpty ? [emptyNamespace(namespace, namespaces)] : []),
    ...others.map(otherDaemon),
    ...(lacks.length === 0 ? [] : [oldVersion(version.value ?? "", lacks)]),
  ].map(printed);
  const facts = {
    ok,
    address,
    namespace,
    version: version.value,
    lacks,
    images: count.value,
    namespaces: namespaces ?? [],
    otherDaemons: others,
    findings,
  };
  return { ...facts, text: textOf(facts) };
}

// Another call would take as long again, and fail in the same way.
function hasNoResponse(error: ImagesError | undefined): error is ImagesError {
  return error !== undefined && failureOf(error)?.evidence !== "answered";
}

// The response to a List is at most 16 MiB; a namespace that has more holds images.
function isTooLarge(error: ImagesError): boolean {
  return error.code === "resource_exhausted" && failureOf(error)?.evidence === "answered";
}
