import { ImagesError } from "../errors.js";
import type { Image } from "../image.js";
import { isOfCall } from "../interceptors/error-of-call.js";
import { unsentError } from "../interceptors/to-images-error.js";
import { CallSite } from "../util/call-site.js";
import type { Clock } from "../util/clock.js";
import type { WatchEvent } from "./events.js";

/**
 * The records of a namespace as a map that a watch keeps up to date; reading it costs no call.
 *
 * Reads throw until the first full list has arrived (`await cache.ready`), after the cache is closed, and after its
 * watch has ended with an error; the error says why. While the daemon is away, reads return the last known records, and
 * {@link ImageCache.lastSyncedAt} shows how old they may be. The cache keeps the process alive until it is closed.
 *
 * @example
 * ```ts
 * await using cache = images.cache();
 * await cache.ready;
 * cache.get("docker.io/library/alpine:3.20")?.target.digest;
 * ```
 */
export class ImageCache {
  /** Resolves when the first full list has arrived; rejects when the list fails or the cache is closed before. */
  readonly ready: Promise<void>;
  readonly #events: AsyncIterableIterator<WatchEvent, undefined>;
  readonly #namespace: string;
  readonly #clock: Clock;
  readonly #images = new Map<string, Image>();
  #lastSyncedAt: Date | undefined;
  #isClosed = false;
  /** Why the watch has ended, once it has. */
  #end: { readonly error: unknown } | undefined;

  /** @internal */
  constructor(events: AsyncIterableIterator<WatchEvent, undefined>, namespace: string, clock: Clock) {
    this.#events = events;
    this.#namespace = namespace;
    this.#clock = clock;
    this.ready = this.#applyUntilSynced();
    void this.#applyAll();
  }

  /** The record of exactly this name; `undefined` where there is none. */
  get(name: string): Image | undefined {
    return this.#readable().get(name);
  }

  /** Whether there is a record of exactly this name. */
  has(name: string): boolean {
    return this.#readable().has(name);
  }

  /** All records, in no particular order. A record that is deleted while they are read is left out. */
  values(): IterableIterator<Image> {
    return this.#readable().values();
  }

  /** How many records there are. */
  get size(): number {
    return this.#readable().size;
  }

  /** When the cache last received a full list; `undefined` before the first one. */
  get lastSyncedAt(): Date | undefined {
    return this.#lastSyncedAt;
  }

  /** Ends the cache and its watch; reads throw from now on. Closing twice is harmless. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#events.return?.();
  }

  /** Closes the cache at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #readable(): ReadonlyMap<string, Image> {
    if (this.#isClosed) throw this.#closedError();
    if (this.#end !== undefined) throw endedError(this.#end.error);
    if (this.#lastSyncedAt === undefined) throw this.#stateError("is not filled yet", "await cache.ready first");
    return this.#images;
  }

  async #applyUntilSynced(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done === true) throw this.#closedError();
      this.#apply(value);
      if (value.type === "synced") return;
    }
  }

  async #applyAll(): Promise<void> {
    try {
      await this.ready;
      for await (const event of this.#events) this.#apply(event);
    } catch (error) {
      this.#end = { error };
    }
  }

  #apply(event: WatchEvent): void {
    switch (event.type) {
      case "created":
      case "updated":
        this.#images.set(event.image.name, event.image);
        break;
      case "deleted":
        this.#images.delete(event.image.name);
        break;
      case "synced":
        this.#lastSyncedAt = new Date(this.#clock.wallMs());
        break;
      default:
        event satisfies never;
    }
  }

  #closedError(): ImagesError {
    return this.#stateError("is closed", "make a new one, or close this one later");
  }

  #stateError(what: string, hint: string): ImagesError {
    const about = { method: "cache", namespace: this.#namespace };
    return unsentError(`it ${what}`, { code: "failed_precondition", ...about, hint });
  }
}

// The watch may have ended long before the read that throws its error.
function endedError(error: unknown): unknown {
  if (!isOfCall(error)) return error;
  const { message, cause, hint = "make a new one" } = error;
  return new CallSite().mark(new ImagesError(`${message}; the cache has ended`, { ...error, cause, hint }));
}
