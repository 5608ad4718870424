import type { ImagesError } from "../errors.js";
import type { WatchEvent } from "./events.js";

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** Why a watch ends without an error. */
const STOPPED = Symbol("stopped");

/** What can end a watch from outside; `end` is called with the error that says so. The result takes that back. */
export type CancelSource = (end: (error: ImagesError) => void) => () => void;

/**
 * One iteration over what happens to images; begins with the first `next`.
 *
 * Leaving a `for await` loop ends it, and so does `return`, also beside a `next` that still waits.
 *
 * @example
 * ```ts
 * await using watch = images.watch();
 * const { value: event } = await watch.next();
 * [event?.type, event?.image?.name]; // => ["created", "app:1"]
 * ```
 */
export class Watch implements AsyncIterableIterator<WatchEvent, undefined> {
  readonly #ender = new AbortController();
  readonly #events: AsyncGenerator<WatchEvent, undefined>;

  /** @internal */
  constructor(follow: (signal: AbortSignal) => AsyncGenerator<WatchEvent, never, void>, endedBy: CancelSource) {
    this.#events = this.#run(follow, endedBy);
  }

  /** The next event; the first one starts the watch. */
  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    return this.#events.next();
  }

  /** Ends the watch and releases the server's stream. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#ender.abort(STOPPED);
    await this.#events.return(undefined);
    return DONE;
  }

  /** Ends the watch like `return`, and rejects with `error`. */
  async throw(error: unknown): Promise<IteratorReturnResult<undefined>> {
    await this.return();
    throw error;
  }

  /** Itself, for `for await`. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the watch at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async *#run(
    follow: (signal: AbortSignal) => AsyncGenerator<WatchEvent, never, void>,
    endedBy: CancelSource,
  ): AsyncGenerator<WatchEvent, undefined, void> {
    const forget = endedBy((error) => this.#ender.abort(error));
    try {
      return yield* follow(this.#ender.signal);
    } catch (error) {
      if (error === STOPPED) return undefined;
      throw error;
    } finally {
      forget();
      this.#ender.abort(STOPPED);
    }
  }
}
