import { BackOff } from "../util/back-off.js";
import type { ImageEvent, SyncedEvent, WatchEvent } from "./events.js";
import { paceAfter } from "./pace.js";
import { Reflector, type ReflectorOptions } from "./reflector.js";
import type { WatchSource } from "./source.js";
import { Store } from "./store.js";
import type { Task } from "./work-queue.js";

const SYNCED: SyncedEvent = Object.freeze({ type: "synced" });

/**
 * Brings a consumer's knowledge to the server's state, again and again, until `signal` aborts; then it throws the
 * signal's reason.
 *
 * It compares states: what it is told by events only says where to look. Nothing is read while the consumer is busy, so
 * a slow one skips what was true in the meantime and never falls behind without bound. After every gap, all is listed.
 * Whoever leaves it early has to abort the signal.
 */
export async function* reconcile(
  source: WatchSource,
  options: ReflectorOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, never, void> {
  signal.throwIfAborted();
  const feed = new Reflector(source, options, signal);
  const records = new Store();
  const backOff = new BackOff(options.clock, options.random);
  let isSynced = false;
  for (;;) {
    const task = await feed.hints.next();
    const events = await look(task);
    for (const event of events ?? []) {
      signal.throwIfAborted();
      yield event;
    }
    if (task !== "everything" || events === undefined) continue;
    isSynced = true;
    backOff.succeeded();
    signal.throwIfAborted();
    feed.lookLater();
    yield SYNCED;
  }

  /** What there is to tell; `undefined` where the server could not be asked, and everything is due again. */
  async function look(task: Task): Promise<Iterable<ImageEvent> | undefined> {
    try {
      return await changes(task);
    } catch (error) {
      signal.throwIfAborted();
      const pace = paceAfter(error);
      // A first list that fails is a wrong address or a missing right, as for any other call.
      if (!isSynced || pace === undefined) throw error;
      feed.hints.everything();
      await backOff.wait(pace, signal);
      return undefined;
    }
  }

  async function changes(task: Task): Promise<Iterable<ImageEvent>> {
    if (task === "everything") return records.replace(await source.list(signal));
    const event = records.set(task.name, await source.find(task.name, signal));
    return event === undefined ? [] : [event];
  }
}
