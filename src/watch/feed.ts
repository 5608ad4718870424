import { isAtLeast } from "../stages/gate.js";
import type { Clock } from "../wire/clock.js";
import { Hints } from "./hints.js";
import { pause } from "./pause.js";
import { isTransient } from "./transient.js";
import type { Subscribe, WatchSource } from "./watch-source.js";

/**
 * containerd does not acknowledge a subscription. Events of 1 in 200 changes sent 1 ms after it were missed, of none
 * from 5 ms on.
 */
const SUBSCRIBING_MS = 50;

const RESYNC_MS = 300_000;
// Before 2.0 only the gRPC service publishes events, not what CRI and others do inside the daemon.
const OLD_RESYNC_MS = 30_000;
const POLL_MS = 2_000;

export interface FeedOptions {
  readonly resyncIntervalMs?: number | undefined;
  readonly pollIntervalMs?: number | undefined;
  readonly clock: Clock;
}

/** Where the hints of a watch come from, from one connection to the loss of it: events and a timer, or a timer alone. */
export class Feed {
  readonly hints = new Hints();
  readonly #source: WatchSource;
  readonly #options: FeedOptions;
  readonly #watchSignal: AbortSignal;
  readonly #closing = new AbortController();
  #intervalMs = RESYNC_MS;
  #stopTimer = (): void => {};

  constructor(source: WatchSource, options: FeedOptions, signal: AbortSignal) {
    this.#source = source;
    this.#options = options;
    this.#watchSignal = signal;
    signal.addEventListener("abort", this.#ended);
  }

  /** Subscribes, so that everything that changes after the list which is the first task will be told of. */
  async open(): Promise<void> {
    const { resyncIntervalMs } = this.#options;
    // This also makes the connection: the wait below is for a request that has been sent.
    const [version, subscribe] = await Promise.all([this.#version(), this.#source.events()]);
    this.#intervalMs = resyncIntervalMs ?? (isAtLeast(version, [2, 0]) ? RESYNC_MS : OLD_RESYNC_MS);
    this.#watchSignal.throwIfAborted();
    this.#subscribe(subscribe);
    await pause(this.#options.clock, SUBSCRIBING_MS, this.#watchSignal);
    this.hints.everything();
  }

  /** Everything has been listed: the next time is an interval away. */
  listed(): void {
    this.#stopTimer();
    this.#stopTimer = this.#options.clock.after(this.#intervalMs, () => this.hints.everything());
  }

  /** Ends the subscription and the timer. */
  close(): void {
    this.#watchSignal.removeEventListener("abort", this.#ended);
    this.#stopTimer();
    this.#closing.abort();
  }

  readonly #ended = (): void => {
    this.hints.fail(this.#watchSignal.reason);
    this.close();
  };

  async #version(): Promise<string> {
    try {
      return await this.#source.version(this.#watchSignal);
    } catch (error) {
      // Whether a server that does not tell its version can be watched is for the list to say.
      if (isTransient(error)) throw error;
      return "";
    }
  }

  #subscribe(subscribe: Subscribe): void {
    const { signal } = this.#closing;
    subscribe((name) => this.hints.changed(name), signal).catch((error: unknown) => {
      if (signal.aborted) return;
      if (isTransient(error)) this.hints.fail(error);
      else this.#poll();
    });
  }

  // There is no Events service here, or no permission to use it.
  #poll(): void {
    this.#intervalMs = this.#options.pollIntervalMs ?? POLL_MS;
    this.hints.everything();
  }
}
