import { LABEL_GC_EXPIRE } from "../../labels.js";
import { parseGoTime } from "./go-time.js";
import type { ImageRecord } from "./image-record.js";

// `containerd.io/gc.ref.image`, or that with `.anything` or `/anything` after it.
const IMAGE_REFERENCE = /^containerd\.io\/gc\.ref\.image(?:[./]|$)/;

/** The names of the images that a garbage collection removes: expired, in no lease, and not kept by another image. */
export function expiredImages(
  images: ReadonlyMap<string, ImageRecord>,
  leased: ReadonlySet<string>,
  now: bigint,
): string[] {
  const kept = new Set<string>();
  const waiting = [...images.keys()].filter((name) => leased.has(name) || !isExpired(images.get(name), now));
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    waiting.push(...references(images.get(name)));
  }
  return [...images.keys()].filter((name) => !kept.has(name));
}

function isExpired(image: ImageRecord | undefined, now: bigint): boolean {
  const expiry = parseGoTime(image?.labels.get(LABEL_GC_EXPIRE) ?? "");
  return expiry !== undefined && now > expiry;
}

function references(image: ImageRecord | undefined): string[] {
  return [...(image?.labels ?? [])].filter(([key]) => IMAGE_REFERENCE.test(key)).map(([, value]) => value);
}
