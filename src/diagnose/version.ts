import { isAtLeast } from "../util/version.js";

type Release = readonly [major: number, minor: number, patch?: number];

interface Feature {
  /** The first version that can lack it; any version if it is absent. */
  readonly of?: Release;
  readonly since: Release;
  readonly lacks: string;
}

const FEATURES: readonly Feature[] = [
  { since: [1, 2, 7], lacks: "annotations of targets" },
  { since: [1, 7], lacks: "sourceDateEpoch (refused)" },
  { since: [2, 0], lacks: "delete with ifTarget (refused, unless a fallback is named)" },
  { since: [2, 0], lacks: "expiry of images (the label containerd.io/gc.expire does nothing)" },
  {
    of: [1, 7], // older servers have no Transfer service
    since: [2, 0],
    lacks: "events for changes by the Transfer service of 1.7 (watch finds them within 30 s)",
  },
];

/** The features of this library for which a server of this version is too old. */
export function lacksOf(version: string): readonly string[] {
  const isLacking = ({ of, since }: Feature) =>
    !isAtLeast(version, since) && (of === undefined || isAtLeast(version, of));
  return FEATURES.filter(isLacking).map(({ lacks }) => lacks);
}
