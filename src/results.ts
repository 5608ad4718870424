import type { ImagesError } from "./errors.js";
import type { Image } from "./image.js";

/**
 * What happened to one name.
 *
 * - `deleted`: the record is deleted.
 * - `would-delete`: the record exists; because of `dryRun` it was not deleted.
 * - `missing`: there was no record of this name.
 * - `changed`: after the record was read, it was moved to another digest, created again, or changed: so that the filter
 *   does not match it any more, or, if a record with `updatedAt` was given, in any way. It was kept.
 * - `failed`: `error` says why, and its `outcome` says what happened to the record.
 * - `skipped`: the signal aborted first; no delete was sent.
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
 * What `deleteMany` did with one name.
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
  /**
   * With `changed`: why the record was kept. With `failed`: why. With `deleted`: why the call did not wait until the
   * end of the garbage collection.
   */
  readonly error?: ImagesError | undefined;
}

/**
 * What `deleteMany` returns.
 *
 * @example
 * ```ts
 * const { results, gcWaited }: DeleteManyResult = await images.deleteMany(["app:old"], { sync: true });
 * results[0]?.status; // => "missing"
 * gcWaited; // => false
 * ```
 */
export interface DeleteManyResult {
  /** One result for each name: in the order in which they were given, or by name if a filter was given. */
  readonly results: readonly DeleteResult[];
  /**
   * Whether the call has waited for a garbage collection: `sync` is set, and the last delete succeeded. The server
   * starts no garbage collection for a missing record.
   */
  readonly gcWaited: boolean;
}

/**
 * What `upsert` returns.
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
   * Whether the call created the record. If a response was lost, it is also true for an identical record that another
   * client created during the call: the two cannot be told apart.
   */
  readonly created: boolean;
}
