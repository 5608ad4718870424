import type { ImagesError } from "../errors.js";
import { atCaller } from "../interceptors/error-of-call.js";
import { CallSite } from "../util/call-site.js";
import type { WatchEvent } from "./events.js";

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** The reason of the abort with which a watch ends without an error. */
const STOPPED = Symbol("stopped");

/** Subscribes `cancel`, which ends the watch with an error; returns the function that unsubscribes it. */
type CancelSource = (cancel: (error: ImagesError) => void) => () => void;

/**
 * One iteration over the changes of records; it starts with the first `next`.
 *
 * Leaving a `for await` loop ends it, and so does `return`, even while a `next` is waiting.
 *
 * @example
 * ```ts
 * await using watch = images.watch();
 * const { value: event } = await watch.next();
 * [event?.type, event?.image?.name]; // => ["created", "app:1"]
 * ```
 */
export class Watch implements AsyncIterableIterator<WatchEvent, undefined> {
  readonly #callSite = new CallSite();
  readonly #controller = new AbortController();
  readonly #events: AsyncGenerator<WatchEvent, undefined>;

  /** @internal */
  constructor(start: (signal: AbortSignal) => AsyncGenerator<WatchEvent, never, void>, cancelSource: CancelSource) {
    this.#events = this.#run(start, cancelSource);
    // Programs pass it on alone, as in `process.once("SIGTERM", watch.return)`.
    this.return = this.return.bind(this);
  }

  /** The next event; the first call starts the watch. */
  next(): Promise<IteratorResult<WatchEvent, undefined>> {
    return this.#events.next();
  }

  /** Ends the watch and closes its stream of events. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#controller.abort(STOPPED);
    await this.#events.return(undefined);
    return DONE;
  }

  /** Ends the watch as `return` does, and rejects with `error`. */
  async throw(error: unknown): Promise<IteratorReturnResult<undefined>> {
    await this.return();
    throw error;
  }

  /** Returns the watch itself, for `for await`. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Ends the watch at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async *#run(
    start: (signal: AbortSignal) => AsyncGenerator<WatchEvent, never, void>,
    cancelSource: CancelSource,
  ): AsyncGenerator<WatchEvent, undefined, void> {
    const unsubscribe = cancelSource((error) => this.#controller.abort(error));
    try {
      return yield* start(this.#controller.signal);
    } catch (error) {
      if (error === STOPPED) return undefined;
      throw atCaller(error, this.#callSite);
    } finally {
      unsubscribe();
      this.#controller.abort(STOPPED);
    }
  }
}
