import type { ImagesError } from "./errors.js";
import type { Image } from "./image.js";

/**
 * What became of one name.
 *
 * - `deleted`: the record is gone.
 * - `would-delete`: it is there, and `dryRun` left it.
 * - `missing`: there was none.
 * - `changed`: since it was read, it has been pointed elsewhere or created again, or the filter has ceased to match it.
 *   It was kept.
 * - `failed`: `error` says why, and by its `outcome` what became of the record.
 * - `skipped`: the signal came first; nothing was sent.
 *
 * @example
 * ```ts
 * const gone: readonly DeleteStatus[] = ["deleted", "missing"];
 * const { results } = await images.deleteMany(["app:1", "app:old"]);
 * results.every(({ status }) => gone.includes(status)); // => true
 * ```
 */
export type DeleteStatus = "deleted" | "would-delete" | "missing" | "changed" | "failed" | "skipped";

/**
 * What became of one name of a `deleteMany`.
 *
 * @example
 * ```ts
 * const { results } = await images.deleteMany(["app:1"]);
 * const log = ({ name, status, error }: DeleteResult) => console.log(name, status, error?.message ?? "");
 * results.forEach(log);
 * ```
 */
export interface DeleteResult {
  readonly name: string;
  readonly status: DeleteStatus;
  /** Why it was kept as `changed`, or `failed`; or, `deleted`, why the wait for the garbage collection was cut short. */
  readonly error?: ImagesError | undefined;
}

/**
 * What a `deleteMany` came to.
 *
 * @example
 * ```ts
 * const { results, gcWaited }: DeleteManyResult = await images.deleteMany(["app:old"], { sync: true });
 * results[0]?.status; // => "missing"
 * gcWaited; // => false
 * ```
 */
export interface DeleteManyResult {
  /** One for each name: in the order given, or by name where a filter chose them. */
  readonly results: readonly DeleteResult[];
  /**
   * Whether a garbage collection was waited for: `sync` was asked for, and the last delete succeeded. The server does
   * not collect for a record that is missing.
   */
  readonly gcWaited: boolean;
}

/**
 * What an upsert came to.
 *
 * @example
 * ```ts
 * const { image, created }: UpsertResult = await images.upsert({ name: "app:1", target });
 * [created, image.labels]; // => [false, { env: "dev" }]
 * ```
 */
export interface UpsertResult {
  readonly image: Image;
  /**
   * Whether there was no record of that name before. Where an answer was lost, it is also true for an identical record
   * that another client has made during the call: nobody can tell the two apart.
   */
  readonly created: boolean;
}
