import type { NewImage } from "../src/image.js";
import { Random } from "../test/support/random.js";

/** Records that gets ask for; both servers have at least as many. */
export const NAMES = 1_000;

/** The record number `index` of a well-filled daemon: six labels, a digest, about 500 bytes on the wire. */
export function record(index: number): NewImage {
  const random = new Random(index);
  const name = `registry.example.com/team-${index % 23}/service-${String(index).padStart(6, "0")}:v1.${index % 7}`;
  const labels = shuffled(
    [
      ["containerd.io/distribution.source.registry.example.com", `team-${index % 23}/service`],
      ["io.cri-containerd.image", "managed"],
      ["org.opencontainers.image.revision", hex(random, 40)],
      ["env", ["dev", "staging", "prod"][index % 3] ?? "dev"],
      ["owner", `team-${index % 23}@example.com`],
      ["build", String(100_000 + index)],
    ] as const,
    random,
  );
  const target = {
    mediaType: "application/vnd.oci.image.index.v1+json",
    digest: `sha256:${hex(random, 64)}`,
    size: 1_000 + index,
  };
  return { name, labels: Object.fromEntries(labels), target };
}

/** A copy in random order. containerd sends labels in random order, as Go walks its maps. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

function hex(random: Random, digits: number): string {
  return Array.from({ length: digits }, () => random.below(16).toString(16)).join("");
}
