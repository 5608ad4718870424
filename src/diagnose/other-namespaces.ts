import { imageCountResponse, namespacesResponse } from "../codec/responses.js";
import type { ClientCalls, SendOptions } from "../core/client-calls.js";
import { MAX_CONCURRENT_LISTS } from "../defaults.js";
import { LIST, NAMESPACES } from "../rpc/method.js";
import { forEachPooled } from "../util/pool.js";
import { ask } from "./ask.js";
import type { NamespaceSummary } from "./diagnosis.js";

/** A limit, because each namespace costs one call, and makes the diagnosis longer. */
const MAX_NAMESPACES = 100;

/** The namespaces that are looked at first: those of containerd's tools, Kubernetes, Docker and BuildKit. */
const WELL_KNOWN = ["default", "k8s.io", "moby", "buildkit"];

/** The other namespaces of a daemon. */
export interface OtherNamespaces {
  readonly summaries: readonly NamespaceSummary[];
  /** How many further ones were not looked at. */
  readonly more: number;
}

/** The daemon's other namespaces, and how many images each holds; `undefined` if they cannot be listed. */
export async function otherNamespaces(calls: ClientCalls, options: SendOptions): Promise<OtherNamespaces | undefined> {
  const { value } = await ask(calls, NAMESPACES, namespacesResponse, options);
  if (value === undefined) return undefined;
  const names = wellKnownFirst(value.filter((name) => name !== calls.settings.namespace));
  const shown = names.slice(0, MAX_NAMESPACES);
  const counts = new Map<string, number | undefined>();
  // More would wait for a place, and their deadlines would pass meanwhile.
  await forEachPooled(shown.filter(fitsHeader), MAX_CONCURRENT_LISTS, async (name) => {
    counts.set(name, (await ask(calls.derive({ namespace: name }), LIST, imageCountResponse, options)).value);
  });
  return { summaries: shown.map((name) => ({ name, images: counts.get(name) })), more: names.length - shown.length };
}

function wellKnownFirst(names: readonly string[]): readonly string[] {
  const isWellKnown = (name: string) => WELL_KNOWN.includes(name);
  return [...names.filter(isWellKnown), ...names.filter((name) => !isWellKnown(name))];
}

// containerd has no other names. One that the peer has made up would go into a header, where a line break could deceive
// a proxy.
function fitsHeader(name: string): boolean {
  return /^[!-~]+$/.test(name);
}
