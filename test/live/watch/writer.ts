import { setTimeout as sleep } from "node:timers/promises";
import { type ImagesClient, isImagesError } from "../../../src/index.js";

const NAMES = 30;
const digest = (n: number) => `sha256:${n.toString(16).padStart(64, "0")}`;

/**
 * Creates, changes and deletes records of a few names, 100 times a second, until `signal` aborts; returns the count.
 */
export async function writeUntil(images: ImagesClient, signal: AbortSignal): Promise<number> {
  const start = performance.now();
  let writes = 0;
  for (let i = 0; !signal.aborted; i += 1) {
    if (await write(images, i)) writes += 1;
    await sleep(Math.max(0, start + 10 * i - performance.now()));
  }
  return writes;
}

// An interrupted write may have been applied or not; both are fine here.
async function write(images: ImagesClient, i: number): Promise<boolean> {
  const name = `docker.io/library/app:${(i * 7) % NAMES}`;
  const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: digest(i), size: 1 + i };
  try {
    if (i % 5 === 4) await images.delete(name, { ignoreMissing: true });
    else if ((await images.find(name)) === undefined) await images.create({ name, target, labels: { i: `${i}` } });
    else await images.update(name, { target, labels: { i: `${i}` } });
    return true;
  } catch (error) {
    if (!isImagesError(error)) throw error;
    return false;
  }
}
