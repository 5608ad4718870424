import { POLL_INTERVAL_MS, RESYNC_INTERVAL_BELOW_2_0_MS, RESYNC_INTERVAL_MS } from "../defaults.js";
import { isImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import { BackOff, type Pace } from "../util/back-off.js";
import type { Clock } from "../util/clock.js";
import { pause } from "../util/sleep.js";
import { isAtLeast } from "../util/version.js";
import { isLost, isRefused } from "./event-stream-failure.js";
import { LATER, paceAfter, SOON } from "./pace.js";
import type { Subscribe, WatchSource } from "./source.js";
import { WorkQueue } from "./work-queue.js";

/**
 * containerd does not acknowledge a subscription. Events of 1 in 200 changes sent 1 ms after it were missed, of none
 * from 5 ms on.
 */
const SUBSCRIBING_MS = 50;

/** After a subscription that was refused: rights and proxies change, but not by the second. */
const REFUSED: Pace = { minMs: 10_000, maxMs: 300_000 };

/** A stream that ends sooner has not worked, and each one costs a whole list. */
const ENDED_EARLY_MS = 10_000;

export interface ReflectorOptions {
  readonly resyncIntervalMs?: number | undefined;
  readonly pollIntervalMs?: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Where the hints of a watch come from: events and a timer, or a timer alone.
 *
 * It subscribes by itself, and anew after every loss, whatever the consumer does meanwhile; each time everything is due.
 * While that does not go well it looks at everything every `pollIntervalMs`, and tries again ever more rarely. The hints
 * fail when the server cannot be reached to begin with, and when the watch ends.
 */
export class Reflector {
  readonly hints = new WorkQueue();
  readonly #source: WatchSource;
  readonly #options: ReflectorOptions;
  readonly #signal: AbortSignal;
  readonly #backOff: BackOff;
  #hasConnected = false;
  #intervalMs = RESYNC_INTERVAL_MS;
  /** When the current subscription was sent. */
  #openedAt: number | undefined;
  /** Whether it held for so long that everything was due. */
  #hasHeld = false;
  /** How often the daemon was gone by then. */
  #timesDown = 0;
  #stopTimer = (): void => {};

  /** Begins at once; `signal` ends it. */
  constructor(source: WatchSource, options: ReflectorOptions, signal: AbortSignal) {
    this.#source = source;
    this.#options = options;
    this.#signal = signal;
    this.#backOff = new BackOff(options.clock, options.random);
    signal.addEventListener("abort", () => this.#ended());
    this.#run().catch((error: unknown) => this.hints.fail(error));
  }

  /** Makes everything due an interval from now: it has just been listed. */
  lookLater(): void {
    this.#stopTimer();
    this.#stopTimer = this.#options.clock.after(this.#intervalMs, () => this.hints.everything());
  }

  #ended(): void {
    this.#stopTimer();
    this.hints.fail(this.#signal.reason);
  }

  async #run(): Promise<never> {
    for (;;) {
      try {
        await this.#listen();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!this.#hasConnected || !isImagesError(error)) throw error;
        await this.#lost(error);
      }
    }
  }

  async #listen(): Promise<never> {
    this.#openedAt = undefined;
    this.#hasHeld = false;
    // This also makes the connection: the wait below is for a request that has been sent.
    const [version, subscribe] = await Promise.all([this.#version(), this.#source.events()]);
    this.#signal.throwIfAborted();
    this.#hasConnected = true;
    const { opened, stream } = this.#subscribe(subscribe);
    await Promise.race([stream, opened.then(() => pause(this.#options.clock, SUBSCRIBING_MS, this.#signal))]);
    this.#intervalMs =
      this.#options.resyncIntervalMs ??
      (isAtLeast(version, [2, 0]) ? RESYNC_INTERVAL_MS : RESYNC_INTERVAL_BELOW_2_0_MS);
    this.#held();
    return stream;
  }

  #held(): void {
    this.#hasHeld = true;
    this.hints.everything();
    const timesDown = this.#source.outageCount();
    // What went wrong with a daemon that is gone says nothing about the one after it.
    if (timesDown !== this.#timesDown) this.#backOff.succeeded();
    this.#timesDown = timesDown;
  }

  #subscribe(subscribe: Subscribe): { readonly opened: Promise<void>; readonly stream: Promise<never> } {
    let wasOpened = (): void => {};
    const opened = new Promise<void>((resolve) => {
      wasOpened = resolve;
    });
    const listener = {
      opened: () => {
        this.#openedAt = this.#options.clock.now();
        wasOpened();
      },
      changed: (name: string) => this.hints.changed(name),
      everything: () => this.hints.everything(),
    };
    return { opened, stream: subscribe(listener, this.#signal) };
  }

  async #version(): Promise<string> {
    try {
      return await this.#source.version(this.#signal);
    } catch (error) {
      const isAway = paceAfter(error) === SOON && failureOf(error)?.kind !== "misconfigured";
      // Whether a server that does not tell its version can be watched is for the list to say.
      if (isAway) throw error;
      return "";
    }
  }

  // Who cannot listen has to look. After a first loss the next subscription, which comes at once, has to anyway.
  async #lost(error: unknown): Promise<void> {
    if (this.#hasWorked()) this.#backOff.succeeded();
    const pace = this.#paceAfter(error);
    if (pace === REFUSED || this.#backOff.failures > 0) {
      this.#intervalMs = this.#options.pollIntervalMs ?? POLL_INTERVAL_MS;
      if (pace !== REFUSED && this.#hasHeld) this.lookLater();
      else this.hints.everything();
    }
    await this.#backOff.wait(pace, this.#signal);
  }

  #hasWorked(): boolean {
    return this.#openedAt !== undefined && this.#options.clock.now() - this.#openedAt >= ENDED_EARLY_MS;
  }

  #paceAfter(error: unknown): Pace {
    if (isRefused(error)) return REFUSED;
    return this.#openedAt === undefined || isLost(error) ? SOON : LATER;
  }
}
