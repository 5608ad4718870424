/**
 * The series of containerd that the in-memory service can imitate.
 *
 * @example
 * ```ts
 * const versions: readonly ContainerdVersion[] = ["1.6", "1.7", "2.1"];
 * versions.map((version) => new InMemoryImages({ version }).profile.sourceDateEpoch); // => [false, true, true]
 * ```
 */
export type ContainerdVersion = "1.6" | "1.7" | "2.1";

/**
 * All differences between the versions of containerd that a caller of Images can observe.
 *
 * @example
 * ```ts
 * new InMemoryImages({ version: "1.7", deleteTarget: true }); // 1.7, were it not for one thing
 * ```
 */
export interface Profile {
  /** What `Version` returns. */
  readonly serverVersion: string;
  /** A request without an image or target crashes the daemon. If `false`, it counts as an empty message. */
  readonly crashesOnUnset: boolean;
  /** `source_date_epoch` is used. If `false`, it is an unknown field. */
  readonly sourceDateEpoch: boolean;
  /**
   * `Delete` compares the target's digest. If `false`, the target is an unknown field, and the record is deleted
   * anyway.
   */
  readonly deleteTarget: boolean;
  /**
   * `containerd.io/gc.expire`, leases of images and `gc.ref.image` have an effect. If `false`, they are plain labels.
   */
  readonly imageExpiry: boolean;
  /** A string that is not UTF-8 is rejected. If `false`, it is accepted, stored and returned unchanged. */
  readonly checksUtf8: boolean;
  /** `created_at` and `updated_at` of a request must be in range, although they are ignored. */
  readonly checksTimestamps: boolean;
  /** A field with the wrong wire type is rejected. If `false`, it is an unknown field. */
  readonly checksWireTypes: boolean;
  /** An error message is used as a format string, so that each `%` in it is garbled. */
  readonly manglesPercent: boolean;
  /** The message about a label that is too long has its length, and up to 64 bytes of its key instead of 10. */
  readonly showsLabelLength: boolean;
  /** `(?<name>…)` is a group. If `false`, it is an invalid pattern, which matches nothing. */
  readonly angleNamedGroups: boolean;
  /** `\p{Cn}`, `\p{LC}` and `\p{Assigned}` are Unicode classes. If `false`, they are invalid patterns. */
  readonly recentProperties: boolean;
  /** Requests may be compressed with gzip; then the responses are compressed too. */
  readonly gzip: boolean;
  /**
   * CRI writes its record of the config's digest again whenever it labels a record. If `false`, only if it is wrong.
   */
  readonly criRewritesRecords: boolean;
  /** How a synchronous delete ends if its deadline passes while it waits for the garbage collection. */
  readonly lateCollection: "unknown" | "deadline_exceeded" | "reset";
}

const V1_6: Profile = {
  serverVersion: "1.6.20",
  crashesOnUnset: false,
  sourceDateEpoch: false,
  deleteTarget: false,
  imageExpiry: false,
  checksUtf8: false,
  checksTimestamps: true,
  checksWireTypes: true,
  manglesPercent: true,
  showsLabelLength: false,
  angleNamedGroups: false,
  recentProperties: false,
  gzip: false,
  criRewritesRecords: true,
  lateCollection: "unknown",
};

const V1_7: Profile = {
  ...V1_6,
  serverVersion: "1.7.24",
  crashesOnUnset: true,
  sourceDateEpoch: true,
  checksUtf8: true,
  checksTimestamps: false,
  checksWireTypes: false,
  showsLabelLength: true,
  angleNamedGroups: true,
  gzip: true,
  criRewritesRecords: false,
  lateCollection: "deadline_exceeded",
};

const V2_1: Profile = {
  ...V1_7,
  serverVersion: "2.1.9",
  deleteTarget: true,
  imageExpiry: true,
  manglesPercent: false,
  recentProperties: true,
  lateCollection: "reset",
};

/**
 * The profile of each version, measured on 1.6.20, 1.7.24 and 2.1.9.
 *
 * @example
 * ```ts
 * profiles["1.7"].deleteTarget; // => false
 * ```
 */
export const profiles: Readonly<Record<ContainerdVersion, Profile>> = { "1.6": V1_6, "1.7": V1_7, "2.1": V2_1 };

/** Whether there is a profile of this version. */
export function isVersion(version: unknown): version is ContainerdVersion {
  return typeof version === "string" && Object.hasOwn(profiles, version);
}
