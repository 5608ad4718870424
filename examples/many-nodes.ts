// Shows which nodes have an image, and whether it is the same everywhere. The exit code is 1 if it is not.
//
//   IMAGE=docker.io/library/app:1 NODES="https://node-1:8443 https://node-2:8443" npx tsx examples/many-nodes.ts
//
// Without NODES it asks the local containerd, as fromEnv does. With EVERY_S it repeats this, so that it can run on
// every node until SIGTERM (see daemonset.yaml). CONTAINERD_TLS_CA, CONTAINERD_TLS_CERT and CONTAINERD_TLS_KEY are PEM
// files. IMAGE may be written as people write names: `app:1` is the record `app:1` or else `docker.io/library/app:1`.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Image, ImagesClient, isImagesError } from "containerd-images";
import { canonicalName, isReferenceSyntaxError } from "containerd-images/reference";

const AT_A_TIME = 16;

const { IMAGE = "docker.io/library/app:1", NODES = "", NODE_NAME = "this node", EVERY_S } = process.env;
const addresses = NODES.split(/[\s,]+/).filter((address) => address !== "");

// A timer without a usable delay fires at once.
if (EVERY_S !== undefined && !(Number(EVERY_S) > 0 && Number(EVERY_S) <= 86_400))
  throw new Error("EVERY_S must be a number of seconds, at most 86400");

// The first process of a container ignores SIGTERM unless it handles it; Kubernetes then kills it after 30 s.
const ending = new AbortController();
const { signal } = ending;
process.once("SIGTERM", () => ending.abort());

do {
  const isSame = await check();
  if (EVERY_S === undefined) process.exitCode = isSame ? 0 : 1;
  else await sleep(Number(EVERY_S) * 1_000, undefined, { signal }).catch(() => undefined);
} while (EVERY_S !== undefined && !signal.aborted);

/** Whether every node has the image, with the same content. */
async function check(): Promise<boolean> {
  const found = new Set<string>();
  await forEach(addresses.length > 0 ? addresses : [undefined], async (address) => {
    const state = await look(address);
    found.add(state);
    console.log(address ?? NODE_NAME, state);
  });
  const [first] = found;
  return found.size === 1 && first?.startsWith("sha") === true;
}

/** The image's digest on one node, or why it is not known. */
async function look(address: string | undefined): Promise<string> {
  try {
    await using images = ImagesClient.fromEnv({ address, tls: address?.startsWith("https:") ? tls() : undefined });
    const image = await find(images);
    return image?.target.digest ?? "absent";
  } catch (error) {
    if (isImagesError(error)) return `unknown: ${error.message}`;
    throw error;
  }
}

/** The record with the name as it is. If there is none, the one with the full name of what people call so. */
async function find(images: ImagesClient): Promise<Image | undefined> {
  for (const name of new Set([IMAGE, fullName(IMAGE)])) {
    const image = await images.find(name, { timeoutMs: 10_000, signal });
    if (image !== undefined) return image;
  }
  return undefined;
}

/** The name under which Docker and CRI store an image; the text itself if it is no reference. */
function fullName(text: string): string {
  try {
    return canonicalName(text);
  } catch (error) {
    if (isReferenceSyntaxError(error)) return text;
    throw error;
  }
}

/** Runs `action` for every item, for a few of them at a time. */
async function forEach<T>(items: readonly T[], action: (item: T) => Promise<void>): Promise<void> {
  // One iterator for all workers: each takes the next item that is left.
  const rest = items.values();
  const work = async () => {
    for (const item of rest) await action(item);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

function tls() {
  const pem = (variable: string) => {
    const path = process.env[variable];
    return path === undefined ? undefined : readFileSync(path);
  };
  return { ca: pem("CONTAINERD_TLS_CA"), cert: pem("CONTAINERD_TLS_CERT"), key: pem("CONTAINERD_TLS_KEY") };
}
