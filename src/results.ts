import type { ImagesError } from "./errors.js";
import type { Image } from "./image.js";

/**
 * What became of one name.
 *
 * - `deleted`: the record is gone.
 * - `would-delete`: it is there, and `dryRun` left it.
 * - `missing`: there was none.
 * - `changed`: since it was read, it has been pointed elsewhere, or the filter has ceased to match it. It was kept.
 * - `failed`: `error` says why, and by its `outcome` what became of the record.
 * - `skipped`: the signal came first; nothing was sent.
 */
export type DeleteStatus = "deleted" | "would-delete" | "missing" | "changed" | "failed" | "skipped";

/** What became of one name of a `deleteMany`. */
export interface DeleteResult {
  readonly name: string;
  readonly status: DeleteStatus;
  /** Why it was kept as `changed`, or `failed`; or, `deleted`, why the wait for the garbage collection was cut short. */
  readonly error?: ImagesError | undefined;
}

/** What a `deleteMany` came to. */
export interface DeleteManyResult {
  /** One for each name: in the order given, or by name where a filter chose them. */
  readonly results: readonly DeleteResult[];
  /**
   * Whether a garbage collection was waited for: `sync` was asked for, and the last delete succeeded. The server does
   * not collect for a record that is missing.
   */
  readonly gcWaited: boolean;
}

/** What an upsert came to. */
export interface UpsertResult {
  readonly image: Image;
  /** Whether there was no record of that name before. */
  readonly created: boolean;
}
