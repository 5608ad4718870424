import { imageCountResponse, namespacesResponse } from "../codec/responses.js";
import type { ClientCalls } from "../core/client-calls.js";
import type { CallOptions } from "../options.js";
import { LIST, NAMESPACES } from "../rpc/method.js";
import { ask } from "./ask.js";
import type { NamespaceSummary } from "./diagnosis.js";

/** A limit, because each namespace costs one call; no machine has so many namespaces. */
const MAX_NAMESPACES = 1_000;

/** The daemon's other namespaces, and how many images each holds; `undefined` if they cannot be listed. */
export async function otherNamespaces(
  calls: ClientCalls,
  options: CallOptions,
): Promise<readonly NamespaceSummary[] | undefined> {
  const { value: names } = await ask(calls, NAMESPACES, namespacesResponse, options);
  if (names === undefined) return undefined;
  const others = names.filter((name) => name !== calls.settings.namespace).slice(0, MAX_NAMESPACES);
  return Promise.all(others.map((name) => summarize(calls.derive({ namespace: name }), options)));
}

async function summarize(calls: ClientCalls, options: CallOptions): Promise<NamespaceSummary> {
  const { value } = await ask(calls, LIST, imageCountResponse, options);
  return { name: calls.settings.namespace, images: value };
}
