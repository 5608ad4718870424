import type { Clock } from "../store/instant.js";
import type { Store } from "../store/store.js";
import type { EventHub } from "./event-hub.js";

const BACKGROUND_DELAY_MS = 250; // after a delete, as measured on an idle daemon
const MUTATION_THRESHOLD = 100;

/** Decides when garbage is collected: some time after a delete, after many changes, or on request. */
export class Collector {
  readonly #store: Store;
  readonly #events: EventHub;
  readonly #clock: Clock;
  #mutations = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, events: EventHub, clock: Clock) {
    this.#store = store;
    this.#events = events;
    this.#clock = clock;
  }

  /** Notes a change. A delete starts the timer of the background collection. */
  changed(change: "write" | "delete"): void {
    this.#mutations += 1;
    if (change === "write" && this.#mutations < MUTATION_THRESHOLD) return;
    this.#timer ??= setTimeout(() => this.collect(), BACKGROUND_DELAY_MS).unref();
  }

  /** Removes expired images at once, and publishes an event for each. */
  collect(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#mutations = 0;
    for (const { namespace, name } of this.#store.collect(this.#clock())) this.#events.deleted(namespace, name);
  }
}
