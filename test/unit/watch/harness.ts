import { all } from "../../../src/filters/index.js";
import type { WatchEvent } from "../../../src/watch/events.js";
import { reconcile } from "../../../src/watch/reconcile.js";
import { Watch } from "../../../src/watch/watch.js";
import { ManualClock } from "../../support/manual-clock.js";
import type { FakeServer } from "./fake-server.js";

/** A watch on a fake server with a clock of its own, and a consumer that records the events. */
export function watching(
  server: FakeServer,
  options: Partial<Parameters<typeof reconcile>[1]> = {},
  cancelSource: ConstructorParameters<typeof Watch>[1] = () => () => {},
) {
  const clock = new ManualClock();
  const settings = { clock, filter: all, random: () => 1, ...options };
  const watch = new Watch((signal) => reconcile(server, settings, signal), cancelSource);
  const events: string[] = [];
  const state = new Map<string, number>();

  const note = (event: WatchEvent) => {
    events.push(event.type === "synced" ? "synced" : `${event.type} ${event.image.name}`);
    if (event.type === "deleted") state.delete(event.image.name);
    else if (event.type !== "synced") state.set(event.image.name, event.image.updatedAt.getTime());
  };
  return {
    clock,
    watch,
    events,
    state,
    /** Takes everything until the watch ends. */
    async drain(): Promise<void> {
      for await (const event of watch) note(event);
    },
    /** Takes one event. */
    async take(): Promise<WatchEvent | undefined> {
      const { value, done } = await watch.next();
      if (done !== true) note(value);
      return value;
    },
    /** The events since the last call. */
    seen(): string[] {
      return events.splice(0);
    },
  };
}
