import { ImagesError } from "../errors.js";
import type { Image } from "../image.js";
import type { WatchEvent } from "./events.js";

/**
 * The records of a namespace, kept up to date by a watch; reading costs no call.
 *
 * Reads throw before the first full list is in (`await cache.ready`), after the cache was closed, and after its watch
 * has failed for good; what throws is the reason. While the daemon is away they give what was last known, and
 * {@link ImageCache.lastSyncedAt} says how old that may be. The cache keeps the process alive until it is closed.
 *
 * @example
 * ```ts
 * await using cache = images.cache();
 * await cache.ready;
 * cache.get("docker.io/library/alpine:3.20")?.target.digest;
 * ```
 */
export class ImageCache {
  /** Resolves when the first full list is in; rejects when that fails or the cache is closed before. */
  readonly ready: Promise<void>;
  readonly #events: AsyncIterableIterator<WatchEvent, undefined>;
  readonly #namespace: string;
  readonly #images = new Map<string, Image>();
  #lastSyncedAt: Date | undefined;
  #problem: unknown;

  /** @internal */
  constructor(events: AsyncIterableIterator<WatchEvent, undefined>, namespace: string) {
    this.#events = events;
    this.#namespace = namespace;
    this.#problem = this.#unusable("is not filled yet", "await its ready first");
    this.ready = this.#fill();
    void this.#follow();
  }

  /** The record of exactly this name, or `undefined` where there is none. */
  get(name: string): Image | undefined {
    return this.#readable().get(name);
  }

  /** Whether there is a record of exactly this name. */
  has(name: string): boolean {
    return this.#readable().has(name);
  }

  /** All records, in no particular order. */
  values(): IterableIterator<Image> {
    return this.#readable().values();
  }

  /** How many records there are. */
  get size(): number {
    return this.#readable().size;
  }

  /** When all records were last listed; `undefined` before the first time. */
  get lastSyncedAt(): Date | undefined {
    return this.#lastSyncedAt;
  }

  /** Ends the watch behind the cache. Closing twice is harmless. */
  async close(): Promise<void> {
    this.#problem = this.#unusable("is closed", "make a new one, or close this one later");
    await this.#events.return?.();
  }

  /** Closes the cache at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #readable(): ReadonlyMap<string, Image> {
    if (this.#problem !== undefined) throw this.#problem;
    return this.#images;
  }

  async #fill(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#events.next();
      if (done === true) throw this.#problem;
      this.#take(value);
      if (value.type === "synced") break;
    }
    this.#problem = undefined;
  }

  async #follow(): Promise<void> {
    try {
      await this.ready;
      for await (const event of this.#events) this.#take(event);
    } catch (error) {
      this.#problem = error;
    }
  }

  #take(event: WatchEvent): void {
    switch (event.type) {
      case "created":
      case "updated":
        this.#images.set(event.image.name, event.image);
        break;
      case "deleted":
        this.#images.delete(event.image.name);
        break;
      case "synced":
        this.#lastSyncedAt = new Date();
    }
  }

  #unusable(what: string, hint: string): ImagesError {
    return new ImagesError(`cache: it ${what} (${hint})`, {
      code: "failed_precondition",
      method: "cache",
      namespace: this.#namespace,
      attempts: 0,
      outcome: "not-applied",
      hint,
    });
  }
}
