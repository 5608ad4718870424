/**
 * The containerd series that the in-memory service can answer as.
 *
 * @example
 * ```ts
 * const versions: readonly ContainerdVersion[] = ["1.6", "1.7", "2.1"];
 * versions.map((version) => new InMemoryImages({ version }).profile.sourceDateEpoch); // => [false, true, true]
 * ```
 */
export type ContainerdVersion = "1.6" | "1.7" | "2.1";

/**
 * All that differs between the versions of containerd, as far as a caller of Images can tell.
 *
 * @example
 * ```ts
 * new InMemoryImages({ version: "1.7", deleteTarget: true }); // 1.7, were it not for one thing
 * ```
 */
export interface Profile {
  /** What `Version` answers. */
  readonly serverVersion: string;
  /** An unset image or target ends the daemon; where not, it reads as an empty message. */
  readonly crashesOnUnset: boolean;
  /** `source_date_epoch` is honoured; where not, it is an unknown field. */
  readonly sourceDateEpoch: boolean;
  /** `Delete` compares the target's digest; where not, it is an unknown field and the record is deleted anyway. */
  readonly deleteTarget: boolean;
  /** `containerd.io/gc.expire`, leases of images and `gc.ref.image` mean something; where not, they are plain labels. */
  readonly imageExpiry: boolean;
  /** A string that is not UTF-8 is refused; where not, it is accepted, stored and answered as it came. */
  readonly checksUtf8: boolean;
  /** `created_at` and `updated_at` of a request must be in range, though they are then ignored. */
  readonly checksTimestamps: boolean;
  /** A field of the wrong wire type is refused; where not, it is an unknown field. */
  readonly checksWireTypes: boolean;
  /** A message of containerd is used as a format string, so that `%` in it is mangled. */
  readonly manglesPercent: boolean;
  /** The message about a label that is too long names its length, and up to 64 bytes of its key instead of 10. */
  readonly showsLabelLength: boolean;
  /** `(?<name>…)` is a group; where not, it is an invalid pattern, which matches nothing. */
  readonly angleNamedGroups: boolean;
  /** `\p{Cn}`, `\p{LC}` and `\p{Assigned}` are Unicode classes; where not, they are invalid patterns too. */
  readonly recentProperties: boolean;
  /** Requests may be compressed with gzip, and are answered in kind. */
  readonly gzip: boolean;
  /** What becomes of a synchronous delete whose deadline passes while it waits for the garbage collection. */
  readonly lateCollection: "unknown" | "deadline_exceeded" | "reset";
}

const v1_6: Profile = {
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
  lateCollection: "unknown",
};

const v1_7: Profile = {
  ...v1_6,
  serverVersion: "1.7.24",
  crashesOnUnset: true,
  sourceDateEpoch: true,
  checksUtf8: true,
  checksTimestamps: false,
  checksWireTypes: false,
  showsLabelLength: true,
  angleNamedGroups: true,
  gzip: true,
  lateCollection: "deadline_exceeded",
};

const v2_1: Profile = {
  ...v1_7,
  serverVersion: "2.1.9",
  deleteTarget: true,
  imageExpiry: true,
  manglesPercent: false,
  recentProperties: true,
  lateCollection: "reset",
};

/**
 * How each version answers; measured on 1.6.20, 1.7.24 and 2.1.9.
 *
 * @example
 * ```ts
 * profiles["1.7"].deleteTarget; // => false
 * ```
 */
export const profiles: Readonly<Record<ContainerdVersion, Profile>> = { "1.6": v1_6, "1.7": v1_7, "2.1": v2_1 };
