import { requestedWaitMs, watchBackOff } from "../core/transient.js";
import { type Filter, matches } from "../filters/index.js";
import { BackOff } from "../util/back-off.js";
import type { ImageEvent, SyncedEvent, WatchEvent } from "./events.js";
import { Reflector, type ReflectorOptions } from "./reflector.js";
import type { WatchSource } from "./source.js";
import { Store } from "./store.js";
import type { Task } from "./work-queue.js";

const SYNCED: SyncedEvent = Object.freeze({ type: "synced" });

interface ReconcileOptions extends ReflectorOptions {
  readonly filter: Filter;
}

/**
 * Yields what has changed on the server, again and again, until `signal` aborts; then it throws the signal's reason.
 *
 * It compares states: an event only says which record to read. Nothing is read while the consumer is busy, so a slow
 * consumer skips the states in between, and what waits for it stays small. All records are listed again after every gap.
 * A caller that stops iterating must abort the signal.
 */
export async function* reconcile(
  source: WatchSource,
  options: ReconcileOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, never, void> {
  signal.throwIfAborted();
  const { filter, random } = options;
  const callOptions = { signal, headers: source.headers };
  const reflector = new Reflector(source, options, signal);
  const store = new Store();
  const backOff = new BackOff(random);
  let hasSynced = false;
  for (;;) {
    const task = await reflector.queue.get();
    const events = await readOrBackOff(task);
    for (const event of events ?? []) {
      signal.throwIfAborted();
      yield event;
    }
    if (task !== "relist" || events === undefined) continue;
    hasSynced = true;
    backOff.reset();
    signal.throwIfAborted();
    reflector.scheduleResync();
    yield SYNCED;
  }

  /** What has changed; `undefined` where reading failed: then it has waited, and a relist is requested. */
  async function readOrBackOff(task: Task): Promise<Iterable<ImageEvent> | undefined> {
    try {
      return await read(task);
    } catch (error) {
      signal.throwIfAborted();
      const limits = watchBackOff(error);
      // A first list that fails means a wrong address or a missing right, as it does for any other call.
      if (!hasSynced || limits === undefined) throw error;
      reflector.queue.requestRelist();
      await reflector.pause(Math.max(backOff.nextDelayMs(limits), requestedWaitMs(error)));
      return undefined;
    }
  }

  async function read(task: Task): Promise<Iterable<ImageEvent>> {
    if (task === "relist") return store.replace(await source.images.list(filter, callOptions));
    const image = await source.images.find(task.name, callOptions);
    const isWatched = image !== undefined && matches(filter, image);
    const event = store.update(task.name, isWatched ? image : undefined);
    return event === undefined ? [] : [event];
  }
}
