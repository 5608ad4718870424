import type { ClientCalls } from "../core/client-calls.js";
import { ImagesError } from "../errors.js";
import type { Filter } from "../filters/index.js";
import type { WatchOptions } from "../options.js";
import { type Cancellation, cancellationOf } from "../rpc/call.js";
import { systemClock } from "../util/clock.js";
import { onAbort } from "../util/on-abort.js";
import type { WatchEvent } from "./events.js";
import { reconcile } from "./reconcile.js";
import { clientSource, type ImageReader } from "./source.js";

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

/** The reason of the abort with which a watch ends without an error. */
const STOPPED = Symbol("stopped");

/** Subscribes `cancel`, which ends the watch with an error; returns the function that unsubscribes it. */
export type CancelSource = (cancel: (error: ImagesError) => void) => () => void;

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

/** Watches the records of a client's namespace. */
export function watchImages(images: ImageReader, calls: ClientCalls, filter: Filter, options: WatchOptions): Watch {
  const { signal, headers = {}, resyncIntervalMs, pollIntervalMs } = options;
  const source = clientSource(images, calls, headers);
  const settings = { filter, resyncIntervalMs, pollIntervalMs, clock: systemClock, random: Math.random };
  return new Watch((stopped) => reconcile(source, settings, stopped), cancelSourceOf(calls, signal));
}

/** What cancels a watch: its signal, and the end of its client. */
function cancelSourceOf(calls: ClientCalls, signal: AbortSignal | undefined): CancelSource {
  const { namespace } = calls.settings;
  return (cancel) => {
    const aborted = () => cancel(canceledError(cancellationOf(signal?.reason), namespace));
    if (signal?.aborted === true) aborted();
    const unsubscribe = [
      signal && onAbort(signal, aborted),
      calls.onClose(() => cancel(canceledError(CLIENT_CLOSED, namespace))),
    ];
    return () => {
      for (const each of unsubscribe) each?.();
    };
  };
}

function canceledError({ code, message, cause }: Cancellation, namespace: string): ImagesError {
  return new ImagesError(`watch in namespace ${JSON.stringify(namespace)}: ${message}`, {
    code,
    method: "watch",
    namespace,
    attempts: 0,
    outcome: "not-applied",
    cause,
  });
}
