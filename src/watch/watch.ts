import type { ImagesError } from "../errors.js";
import type { WatchEvent } from "./watch-event.js";

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** Why a watch ends without an error. */
const STOPPED = Symbol("stopped");

/** What can end a watch from outside; `end` is called with the error that says so. The result takes that back. */
export type EndedBy = (end: (error: ImagesError) => void) => () => void;

/**
 * One iteration over what happens to images; begins with the first `next`.
 *
 * Leaving a `for await` loop ends it, and so does `return`, also beside a `next` that still waits.
 */
export class Watch implements AsyncIterableIterator<WatchEvent, undefined> {
  readonly #ender = new AbortController();
  readonly #events: AsyncGenerator<WatchEvent, undefined>;

  /** @internal */
  constructor(follow: (signal: AbortSignal) => AsyncGenerator<WatchEvent, never, void>, endedBy: EndedBy) {
    this.#events = this.#run(follow, endedBy);
  }

  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    return this.#events.next();
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#ender.abort(STOPPED);
    await this.#events.return(undefined);
    return DONE;
  }

  async throw(error: unknown): Promise<IteratorReturnResult<undefined>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async *#run(
    follow: (signal: AbortSignal) => AsyncGenerator<WatchEvent, never, void>,
    endedBy: EndedBy,
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
