import { requestOf } from "../codec/request.js";
import { imageCountResponse, namespacesResponse, versionResponse } from "../codec/responses.js";
import type { ClientCalls } from "../core/client-calls.js";
import { type ImagesError, isImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import type { CallOptions } from "../options.js";
import { LIST, type Method, NAMESPACES, VERSION } from "../rpc/method.js";
import type { ResponseDecoder } from "../rpc/response-decoder.js";
import { shortened } from "../util/printable.js";
import type { Diagnosis, Finding, NamespaceSummary, OtherDaemon } from "./diagnosis.js";
import { otherDaemons } from "./other-daemons.js";
import { findingOf } from "./problem.js";
import { printed, textOf } from "./text.js";
import { lacksOf } from "./version.js";
import { type WellKnown, wellKnownSockets } from "./well-known.js";

const ANSWER_MS = 2_000;
const MAX_NAMED = 10;
const MAX_VERSION_SHOWN = 100;
/** Each namespace is one more question, and nobody has so many. */
const MAX_NAMESPACES = 1_000;
/** What a question brought: an answer, or why there is none. */
type Answer<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: ImagesError };

/** Asks the daemon, and where that does not help the rest of the machine, a few questions that change nothing. */
export async function diagnose(
  caller: ClientCalls,
  options: CallOptions,
  sockets: readonly WellKnown[] = wellKnownSockets(process.env),
): Promise<Diagnosis> {
  const { address } = caller;
  const { namespace } = caller.settings;
  const version = await ask(caller, VERSION, versionResponse, options);
  const count = isUnreachable(version.error)
    ? { error: version.error }
    : await ask(caller, LIST, imageCountResponse, options);
  const ok = count.error === undefined || isTooLarge(count.error);
  const isElsewhere = !ok || count.value === 0;
  const others = isElsewhere ? await otherDaemons(sockets, address) : [];
  const namespaces = count.value === 0 ? await otherNamespaces(caller, options) : undefined;
  const lacks = version.value === undefined ? [] : lacksOf(version.value);
  const findings = [
    ...(ok ? [] : [findingOf(count.error, address?.startsWith("unix:") === true)]),
    ...(count.value === 0 ? [emptyNamespace(namespace, namespaces)] : []),
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

async function ask<T>(
  caller: ClientCalls,
  method: Method,
  decoder: ResponseDecoder<T>,
  options: CallOptions,
): Promise<Answer<T>> {
  const { signal, headers, timeoutMs = ANSWER_MS } = options;
  // A connection that has died since the last call is not yet a problem.
  const retry = { maxAttempts: 2 };
  try {
    return { value: await caller.send("diagnose", requestOf(method), { signal, headers, timeoutMs, retry }, decoder) };
  } catch (error) {
    if (!isImagesError(error) || signal?.aborted === true) throw error;
    return { error };
  }
}

// Undefined where the server does not tell.
async function otherNamespaces(
  caller: ClientCalls,
  options: CallOptions,
): Promise<readonly NamespaceSummary[] | undefined> {
  const { value: names } = await ask(caller, NAMESPACES, namespacesResponse, options);
  if (names === undefined) return undefined;
  const others = names.filter((name) => name !== caller.settings.namespace).slice(0, MAX_NAMESPACES);
  return Promise.all(
    others.map(async (name) => {
      const { value } = await ask(caller.derive({ namespace: name }), LIST, imageCountResponse, options);
      return { name, images: value };
    }),
  );
}

// No answer of any kind: asking for more would take as long again, and bring the same.
function isUnreachable(error: ImagesError | undefined): error is ImagesError {
  return error !== undefined && failureOf(error)?.evidence !== "answered";
}

// The answer of a List is at most 16 MiB; whoever has more than fits has images.
function isTooLarge(error: ImagesError): boolean {
  return error.code === "resource_exhausted" && failureOf(error)?.evidence === "answered";
}

function emptyNamespace(namespace: string, others: readonly NamespaceSummary[] | undefined): Finding {
  const message = `the namespace ${JSON.stringify(namespace)} holds no images`;
  return { problem: "namespace-empty", severity: "warning", message, advice: others && whereElse(others) };
}

function whereElse(namespaces: readonly NamespaceSummary[]): string {
  const holding = namespaces.filter(({ images }) => images !== 0);
  if (holding.length === 0) return "no other namespace of this daemon holds any";
  const named = holding.slice(0, MAX_NAMED).map(({ name, images }) => `${JSON.stringify(name)} (${images ?? "many"})`);
  const others = holding.length - named.length;
  return `these do: ${[...named, ...(others > 0 ? [`and ${others} more`] : [])].join(", ")}`;
}

function otherDaemon({ name, address, version }: OtherDaemon): Finding {
  return {
    problem: "other-daemon",
    severity: "note",
    message: `another containerd answers: ${name}, ${version}`,
    advice: `its address is ${address}`,
  };
}

function oldVersion(version: string, lacks: readonly string[]): Finding {
  return {
    problem: "old-version",
    severity: "note",
    message: `containerd ${shortened(version, MAX_VERSION_SHOWN)} lacks ${lacks.join("; ")}`,
    advice: "upgrade to containerd 2.0 or newer to have it all",
  };
}
