import type { Image } from "../image.js";
import type { Method } from "./method.js";

/** Requests that differ in what may be done after a failure. */
export type RequestKind = "read" | "create" | "update" | "delete" | "conditional-delete" | "sync-delete";

/**
 * One request: its RPC, its bytes, and what these say.
 *
 * Bytes are what is sent, so a rule that is checked here holds for the client and for `raw` alike. What they say is read
 * once, when it is first asked for. All but {@link imageName} and {@link isSync} throw `MalformedMessage` for bytes that
 * are no message.
 */
export interface Request {
  readonly method: Method;
  readonly bytes: Uint8Array;
  readonly kind: RequestKind;
  /** The image that it is about; `undefined` where there is none, or where the bytes cannot be read. */
  readonly imageName: string | undefined;
  /** Whether it waits for a garbage collection. */
  readonly isSync: boolean;
  /** Whether it deletes only a record with a certain target. */
  readonly isConditional: boolean;
  /** The field mask of an update; empty where there is none, and all of the record is replaced. */
  readonly maskPaths: readonly string[];
  /** The time that it asks the server to store, in nanoseconds since 1970. */
  readonly sourceDateEpochNs: bigint | undefined;
  /** The record that a create or update carries. */
  readonly image: Image;
}
