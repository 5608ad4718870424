import type { ClientCalls } from "../core/client-calls.js";
import type { ImagesError } from "../errors.js";
import type { Filter } from "../filters/index.js";
import { callError } from "../interceptors/to-images-error.js";
import type { WatchOptions } from "../options.js";
import type { AttemptCount } from "../rpc/call.js";
import { type Cancellation, cancellationOf } from "../rpc/deadline.js";
import { systemClock } from "../util/clock.js";
import { onAbort } from "../util/on-abort.js";
import type { WatchEvent } from "./events.js";
import { reconcile } from "./reconcile.js";
import { clientSource } from "./source.js";

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
  readonly #controller = new AbortController();
  readonly #events: AsyncGenerator<WatchEvent, undefined>;

  /** @internal */
  constructor(start: (signal: AbortSignal) => AsyncGenerator<WatchEvent, never, void>, cancelSource: CancelSource) {
    this.#events = this.#run(start, cancelSource);
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
      throw error;
    } finally {
      unsubscribe();
      this.#controller.abort(STOPPED);
    }
  }
}

const CLIENT_CLOSED: Cancellation = { code: "unavailable", message: "the client was closed" };

/** Watches the records of a client's namespace, for the method that the user called. */
export function watchImages(calls: ClientCalls, method: string, filter: Filter, options: WatchOptions): Watch {
  const { signal, headers = {}, resyncIntervalMs, pollIntervalMs } = options;
  const attempts: AttemptCount = { total: 0 };
  const source = clientSource(calls, method, headers, attempts);
  const settings = { filter, resyncIntervalMs, pollIntervalMs, clock: systemClock, random: Math.random };
  const { namespace } = calls.settings;
  const toError = ({ code, message, cause }: Cancellation) =>
    callError(message, { code, method, namespace, attempts: attempts.total, outcome: "not-applied", cause });
  return new Watch(
    (stopped) => reconcile(source, settings, stopped),
    (cancel) => onCancellation(calls, signal, (cancellation) => cancel(toError(cancellation))),
  );
}

/** Subscribes to what cancels a watch, its signal and the end of its client; returns the function that unsubscribes. */
function onCancellation(
  calls: ClientCalls,
  signal: AbortSignal | undefined,
  cancel: (cancellation: Cancellation) => void,
): () => void {
  const aborted = () => cancel(cancellationOf(signal?.reason));
  if (signal?.aborted === true) aborted();
  const unsubscribe = [signal && onAbort(signal, aborted), calls.onClose(() => cancel(CLIENT_CLOSED))];
  return () => {
    for (const each of unsubscribe) each?.();
  };
}
