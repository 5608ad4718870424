import { Feed, type FeedOptions } from "./feed.js";
import type { Task } from "./hints.js";
import { pause } from "./pause.js";
import { Records } from "./records.js";
import { isTransient } from "./transient.js";
import type { ImageEvent, SyncedEvent, WatchEvent } from "./watch-event.js";
import type { WatchSource } from "./watch-source.js";

const MIN_DELAY_MS = 25;
const MAX_DELAY_MS = 1_000;

const SYNCED: SyncedEvent = Object.freeze({ type: "synced" });

export interface FollowOptions extends FeedOptions {
  readonly random: () => number;
}

/**
 * Brings a consumer's knowledge to the server's state, again and again, until `signal` aborts; then it throws the
 * signal's reason.
 *
 * It compares states: what it is told by events only says where to look. Nothing is read while the consumer is busy, so
 * a slow one skips what was true in the meantime and never falls behind without bound. After every gap, all is listed.
 */
export async function* follow(
  source: WatchSource,
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, never, void> {
  const records = new Records();
  let isSynced = false;
  for (let failures = 0; ; failures += 1) {
    const feed = new Feed(source, options, signal);
    try {
      await feed.open();
      for (;;) {
        const task = await feed.hints.next();
        for (const event of await look(task)) {
          signal.throwIfAborted();
          yield event;
        }
        if (task !== "everything") continue;
        isSynced = true;
        if (!feed.hints.hasFailed) failures = 0;
        feed.listed();
        yield SYNCED;
      }
    } catch (error) {
      signal.throwIfAborted();
      // A first list that fails is a wrong address or a missing right, as for any other call.
      if (!isSynced || !isTransient(error)) throw error;
    } finally {
      feed.close();
    }
    await pause(options.clock, delayMs(failures), signal);
  }

  async function look(task: Task): Promise<Iterable<ImageEvent>> {
    if (task === "everything") return records.replace(await source.list(signal));
    const event = records.set(task.name, await source.find(task.name, signal));
    return event === undefined ? [] : [event];
  }

  function delayMs(failures: number): number {
    return options.random() * Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** failures);
  }
}
