import { type ContainerdVersion, profiles } from "../../../src/testing/index.js";
import type { RecordedVersion } from "./rpc-cases.js";

/** What a daemon of a series is compared with: its profile, and the version that the cases were recorded on. */
export const counterparts = {
  "1.6": { profile: "1.6", recorded: "1.6.20" },
  "1.7": { profile: "1.7", recorded: "1.7.24" },
  "2.x": { profile: "2.1", recorded: "2.1.9" },
} as const satisfies Record<string, { profile: string; recorded: RecordedVersion }>;

/** Every version that the in-memory service can act as. */
export const profileNames = Object.keys(profiles) as ContainerdVersion[]; // its keys are these, as its type says
