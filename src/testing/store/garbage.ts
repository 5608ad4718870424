import type { ImageRecord } from "./image-record.js";

/** The label that says from when on an image may be collected. */
export const gcExpire = "containerd.io/gc.expire";

// `containerd.io/gc.ref.image`, or that with `.anything` or `/anything` after it.
const imageReference = /^containerd\.io\/gc\.ref\.image(?:[./]|$)/;

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
  const expiry = parseTime(image?.labels.get(gcExpire) ?? "");
  return expiry !== undefined && now > expiry;
}

function references(image: ImageRecord | undefined): string[] {
  return [...(image?.labels ?? [])].filter(([key]) => imageReference.test(key)).map(([, value]) => value);
}

/** Reads RFC 3339, as nanoseconds since 1970; undefined where it is something else. */
function parseTime(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const seconds = Date.parse(`${match?.[1]}${match?.[3]}`) / 1_000;
  if (match === null || Number.isNaN(seconds)) return undefined;
  return BigInt(seconds) * 1_000_000_000n + BigInt((match[2] ?? "").slice(0, 9).padEnd(9, "0"));
}
