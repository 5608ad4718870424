import type { Image } from "../image.js";
import type { Method } from "./method.js";

/**
 * The kinds of requests that are handled differently after a failure. The server responds to a `sync-delete` only after
 * a garbage collection.
 */
export type RequestKind = "read" | "create" | "update" | "delete" | "sync-delete";

/**
 * One request: its RPC, its bytes, and values that are read from the bytes.
 *
 * The bytes are what is sent, so a rule that is checked here applies to the client and to `raw`. The values are read
 * when they are used. All of them except {@link kind} and {@link imageName} throw `MalformedMessage` if the bytes are
 * not a valid message.
 */
export interface Request {
  readonly method: Method;
  readonly bytes: Uint8Array;
  readonly kind: RequestKind;
  /** The name of the image; `undefined` if there is none, or if the bytes cannot be read. */
  readonly imageName: string | undefined;
  /** Whether it deletes a record only if its target has a certain digest. */
  readonly isConditional: boolean;
  /** The field mask of an update; empty if there is none, and then the whole record is replaced. */
  readonly maskPaths: readonly string[];
  /** The time that it asks the server to store, in nanoseconds since 1970. */
  readonly sourceDateEpochNs: bigint | undefined;
  /** The record that a create or update carries. */
  readonly image: Image;
  /** Whether what was read to decide it may still hold. Otherwise a channel rejects it with an `OutdatedRequest`. */
  readonly isFresh?: () => boolean;
}
