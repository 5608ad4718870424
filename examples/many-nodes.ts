// Compares one image over many containerd endpoints, for example the nodes of a cluster behind proxies with TLS. Every
// node gets an outcome: the digest that the image has there, `absent`, or `unknown` and why. See docs/many-nodes.md.
//
//   IMAGE=docker.io/library/app:1 npx tsx examples/many-nodes.ts https://node-1:8443 https://node-2:8443
//
// Ends with 0 if all have the same image, 1 if not, and 2 if a node is unknown or if it fails itself. Without arguments
// it asks the nodes in NODES; without those, the local containerd. EVERY_S repeats this until SIGTERM, to run on every
// node (daemonset.yaml). CONTAINERD_TLS_CA, CONTAINERD_TLS_CERT and CONTAINERD_TLS_KEY are PEM files. IMAGE may be
// written as people write names: `app:1` is the record `app:1` or else `docker.io/library/app:1`.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient, isImagesError, type TlsOptions } from "containerd-images";
import { canonicalName, isReferenceSyntaxError } from "containerd-images/reference";

// What ends this program early, such as a closed pipe, says nothing about the nodes. Node's own code for it is 1.
process.once("uncaughtException", (error) => {
  console.error(error);
  process.exit(2);
});

type Outcome = readonly [state: string, reason?: string];
const isTls = (address = "") => /^https:/i.test(address);

const { IMAGE = "docker.io/library/app:1", NODES = "", NODE_NAME = "this node" } = process.env;
const named = process.argv.length > 2 ? process.argv.slice(2) : NODES.split(/[\s,]+/).filter(Boolean);
const addresses = [...new Set(named)]; // a node that is named twice is asked and counted once
const atATime = Math.ceil(numberFrom("AT_A_TIME", 64)); // nodes, and so connections
const nodeTimeoutMs = numberFrom("NODE_TIMEOUT_S", 10) * 1_000; // a node that hangs keeps one of those places this long
const deadlineMs = numberFrom("DEADLINE_S", 120) * 1_000; // for all nodes together
const everyMs = numberFrom("EVERY_S", 0) * 1_000; // 0: once

// Cancels all calls; the nodes that are left are `unknown`. Without this, a container's first process ignores SIGTERM.
const ending = new AbortController();
for (const name of ["SIGTERM", "SIGINT"]) process.once(name, () => ending.abort());

do {
  const exitCode = await check();
  if (everyMs === 0) process.exitCode = exitCode;
  else await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined);
} while (everyMs > 0 && !ending.signal.aborted);

/** Asks all nodes. The result is the exit code: 0 same, 1 different, 2 unknown, as of `diff`. */
async function check(): Promise<number> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const signal = AbortSignal.any([ending.signal, deadline]);
  const tls = addresses.some(isTls) ? readTls() : undefined; // once for all nodes; the next round reads renewed files
  const counts = new Map<string, number>();
  await forEach(addresses.length > 0 ? addresses : [undefined], async (address) => {
    const [state, reason] = await look(address, tls, signal);
    counts.set(state, (counts.get(state) ?? 0) + 1);
    console.log(address ?? NODE_NAME, reason === undefined ? state : `${state}: ${reason}`);
  });
  const states = [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
  // Node 20 forgets a timeout that only AbortSignal.any refers to; this use keeps it.
  if (addresses.length > 1) console.log(`${states}${deadline.aborted ? " (the deadline passed)" : ""}`);
  if (counts.has("unknown")) return 2;
  return counts.size === 1 && !counts.has("absent") ? 0 : 1;
}

/** The outcome of one node. An error of the library, even for an address that cannot be one, is an outcome, too. */
async function look(address: string | undefined, tls: TlsOptions | undefined, signal: AbortSignal): Promise<Outcome> {
  try {
    await using images = ImagesClient.fromEnv({ address, tls: isTls(address) ? tls : undefined });
    for (const name of new Set([IMAGE, fullName(IMAGE)])) {
      const image = await images.find(name, { timeoutMs: nodeTimeoutMs, signal }); // retried within that time
      if (image !== undefined) return [image.target.digest];
    }
    return ["absent"];
  } catch (error) {
    if (isImagesError(error)) return ["unknown", error.message + (error.hint ? ` (${error.hint})` : "")];
    throw error;
  }
}

/** The name under which Docker and CRI store what people call so; the text itself if it is no reference. */
function fullName(text: string): string {
  try {
    return canonicalName(text);
  } catch (error) {
    if (isReferenceSyntaxError(error)) return text;
    throw error;
  }
}

/** Runs `action` for every item, for `atATime` of them at a time. */
async function forEach<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values(); // one iterator for all workers: each takes the next item that is left
  const work = async () => {
    for (const item of rest) await action(item);
  };
  await Promise.all(Array.from({ length: atATime }, work));
}

function readTls(): TlsOptions {
  return { ca: pem("CONTAINERD_TLS_CA"), cert: pem("CONTAINERD_TLS_CERT"), key: pem("CONTAINERD_TLS_KEY") };
}

function pem(variable: string): Buffer | undefined {
  const path = process.env[variable];
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch (error) {
    console.error(`${variable}: ${error instanceof Error ? error.message : error}`);
    process.exit(2);
  }
}

/** A number of nodes or of seconds. A timer without a usable delay would fire at once. */
function numberFrom(variable: string, byDefault: number): number {
  const value = Number(process.env[variable] ?? byDefault);
  if (value === byDefault || (value > 0 && value <= 86_400)) return value;
  throw new Error(`${variable} must be a number above 0 and at most 86400`);
}
