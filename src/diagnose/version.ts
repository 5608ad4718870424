import { isAtLeast } from "../util/version.js";

const FEATURES = [
  { since: [1, 3], lacks: "annotations of targets" },
  { since: [1, 7], lacks: "sourceDateEpoch (refused)" },
  { since: [2, 0], lacks: "delete with ifTarget (refused, unless a fallback is named)" },
  { since: [2, 0], lacks: "expiry of images (the label containerd.io/gc.expire does nothing)" },
  { since: [2, 0], lacks: "events for changes by the Transfer service of 1.7 (watch finds them within 30 s)" },
] as const;

/** The features of this library for which a server of this version is too old. */
export function lacksOf(version: string): readonly string[] {
  return FEATURES.filter(({ since }) => !isAtLeast(version, since)).map(({ lacks }) => lacks);
}
