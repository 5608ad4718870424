import { requestedWaitMs, watchBackOff } from "../core/transient.js";
import { type Filter, matches } from "../filters/index.js";
import { BackOff } from "../util/back-off.js";
import { nextTurn, RECORDS_PER_TURN } from "../util/next-turn.js";
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
 * consumer skips the states in between, and what waits for it stays small. All records are listed again after every
 * gap. A caller that stops iterating must abort the signal.
 */
export async function* reconcile(
  source: WatchSource,
  options: ReconcileOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, never, void> {
  signal.throwIfAborted();
  const { filter, random } = options;
  const reflector = new Reflector(source, options, signal);
  const store = new Store();
  const backOff = new BackOff(random);
  let hasSynced = false;
  for (;;) {
    const task = await reflector.queue.get();
    const isRead = yield* report(task);
    if (task !== "relist" || !isRead) continue;
    hasSynced = true;
    backOff.reset();
    signal.throwIfAborted();
    reflector.scheduleResync();
    yield SYNCED;
  }

  /**
   * Yields what has changed, and returns whether it could be read. It is a generator of its own so that the list is
   * freed: a generator keeps its variables while it waits, and the one above waits for the next task.
   */
  async function* report(task: Task): AsyncGenerator<ImageEvent, boolean, void> {
    const events = await readOrBackOff(task);
    let count = 0;
    for (const event of events ?? []) {
      if (++count % RECORDS_PER_TURN === 0) await nextTurn();
      signal.throwIfAborted();
      if (event !== undefined) yield event;
    }
    return events !== undefined;
  }

  /** What has changed; `undefined` where reading failed: then it has waited, and a relist is requested. */
  async function readOrBackOff(task: Task): Promise<Iterable<ImageEvent | undefined> | undefined> {
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

  async function read(task: Task): Promise<Iterable<ImageEvent | undefined>> {
    if (task === "relist") return store.replace(await source.list(filter, signal));
    const image = await source.find(task.name, signal);
    const isWatched = image !== undefined && matches(filter, image);
    return [store.update(task.name, isWatched ? image : undefined)];
  }
}
