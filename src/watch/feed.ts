import { isAtLeast } from "../stages/gate.js";
import type { Clock } from "../wire/clock.js";
import { BackOff } from "./back-off.js";
import { Hints } from "./hints.js";
import { pause } from "./pause.js";
import { isTransient } from "./transient.js";
import type { WatchSource } from "./watch-source.js";

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
  readonly random: () => number;
}

/**
 * Where the hints of a watch come from: events and a timer, or a timer alone.
 *
 * It subscribes by itself, and anew after every loss, whatever the consumer does meanwhile; each time everything is due.
 * The hints fail when the server cannot be reached to begin with, and when the watch ends.
 */
export class Feed {
  readonly hints = new Hints();
  readonly #source: WatchSource;
  readonly #options: FeedOptions;
  readonly #signal: AbortSignal;
  readonly #backOff: BackOff;
  #hasConnected = false;
  #intervalMs = RESYNC_MS;
  #stopTimer = (): void => {};

  /** Begins at once; `signal` ends it. */
  constructor(source: WatchSource, options: FeedOptions, signal: AbortSignal) {
    this.#source = source;
    this.#options = options;
    this.#signal = signal;
    this.#backOff = new BackOff(options.clock, options.random);
    signal.addEventListener("abort", () => this.#ended());
    this.#run().catch((error: unknown) => this.hints.fail(error));
  }

  /** Everything has been listed: the next time is an interval away. */
  listed(): void {
    this.#stopTimer();
    this.#stopTimer = this.#options.clock.after(this.#intervalMs, () => this.hints.everything());
  }

  #ended(): void {
    this.#stopTimer();
    this.hints.fail(this.#signal.reason);
  }

  async #run(): Promise<void> {
    for (;;) {
      try {
        await this.#listen();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!isTransient(error)) return this.#poll();
        if (!this.#hasConnected) throw error;
      }
      // Who cannot listen has to look.
      if (this.#backOff.failures > 0) this.hints.everything();
      await this.#backOff.wait(this.#signal);
    }
  }

  async #listen(): Promise<never> {
    // This also makes the connection: the wait below is for a request that has been sent.
    const [version, subscribe] = await Promise.all([this.#version(), this.#source.events()]);
    this.#signal.throwIfAborted();
    this.#hasConnected = true;
    this.#intervalMs = this.#options.resyncIntervalMs ?? (isAtLeast(version, [2, 0]) ? RESYNC_MS : OLD_RESYNC_MS);
    const stream = subscribe((name) => this.hints.changed(name), this.#signal);
    await Promise.race([stream, pause(this.#options.clock, SUBSCRIBING_MS, this.#signal)]);
    this.#backOff.succeeded();
    this.hints.everything();
    return stream;
  }

  async #version(): Promise<string> {
    try {
      return await this.#source.version(this.#signal);
    } catch (error) {
      // Whether a server that does not tell its version can be watched is for the list to say.
      if (isTransient(error)) throw error;
      return "";
    }
  }

  // There is no Events service here, or no permission to use it.
  #poll(): void {
    this.#intervalMs = this.#options.pollIntervalMs ?? POLL_MS;
    this.hints.everything();
  }
}
