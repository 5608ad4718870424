// Shows which nodes have an image, and whether it is the same everywhere. The exit code is 1 if it is not.
//
//   IMAGE=docker.io/library/app:1 NODES="https://node-1:8443 https://node-2:8443" npx tsx examples/many-nodes.ts
//
// Without NODES it asks the local containerd, as fromEnv does. With EVERY_S it repeats this, so that it can run on
// every node (see daemonset.yaml). CONTAINERD_TLS_CA, CONTAINERD_TLS_CERT and CONTAINERD_TLS_KEY are PEM files.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient, isImagesError } from "containerd-images";

const AT_A_TIME = 16;

const { IMAGE = "docker.io/library/app:1", NODES = "", NODE_NAME = "this node", EVERY_S } = process.env;
const addresses = NODES.split(/[\s,]+/).filter((address) => address !== "");

for (;;) {
  const isSame = await check();
  if (EVERY_S === undefined) process.exit(isSame ? 0 : 1);
  await sleep(Number(EVERY_S) * 1_000);
}

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
    const image = await images.find(IMAGE, { timeoutMs: 10_000 });
    return image?.target.digest ?? "absent";
  } catch (error) {
    if (isImagesError(error)) return `unknown: ${error.message}`;
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
