import type { Image } from "../image.js";

/** What a watch needs of a client; every call rejects with an `ImagesError`. */
export interface WatchSource {
  /** All records that the watch is about. */
  list(signal: AbortSignal): Promise<readonly Image[]>;
  /** The record of this name, if there is one that the watch is about. */
  find(name: string, signal: AbortSignal): Promise<Image | undefined>;
  /** The server's version. */
  version(signal: AbortSignal): Promise<string>;
  /** How often the daemon was seen to be gone. */
  outageCount(): number;
  /** Gets ready to subscribe, so that calling the result sends the request at once. */
  events(): Promise<Subscribe>;
}

/** Who hears of what a subscription brings. */
export interface SubscriptionListener {
  /** The request is on its way. */
  opened(): void;
  /** The record of this name may have changed. */
  changed(name: string): void;
  /** Any record may have changed. */
  everything(): void;
}

/** Tells `listener` of every change, until the stream ends or `signal` aborts; then it rejects. */
export type Subscribe = (listener: SubscriptionListener, signal: AbortSignal) => Promise<never>;
