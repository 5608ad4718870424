import type { Image } from "../image.js";

/** What a watch needs of a client; every call rejects with an `ImagesError`. */
export interface WatchSource {
  /** All records that the watch is about. */
  list(signal: AbortSignal): Promise<readonly Image[]>;
  /** The record of this name, if there is one that the watch is about. */
  find(name: string, signal: AbortSignal): Promise<Image | undefined>;
  /** The server's version. */
  version(signal: AbortSignal): Promise<string>;
  /** Gets ready to subscribe, so that calling the result sends the request at once. */
  events(): Promise<Subscribe>;
}

/** Hands on the name of every record that changes, until the stream ends or `signal` aborts; then it rejects. */
export type Subscribe = (changed: (name: string) => void, signal: AbortSignal) => Promise<never>;
