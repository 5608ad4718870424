import { LONG_BACK_OFF, requestedWaitMs, SHORT_BACK_OFF, watchBackOff } from "../core/transient.js";
import { POLL_INTERVAL_MS, RESYNC_INTERVAL_BELOW_2_0_MS, RESYNC_INTERVAL_MS } from "../defaults.js";
import { isImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import { BackOff, type BackOffLimits } from "../util/back-off.js";
import type { Clock } from "../util/clock.js";
import { onAbort } from "../util/on-abort.js";
import { sleep } from "../util/sleep.js";
import { isAtLeast } from "../util/version.js";
import { isConnectionLost, isRefused } from "./event-stream.js";
import type { WatchSource } from "./source.js";
import { WorkQueue } from "./work-queue.js";

/**
 * containerd does not acknowledge a subscription. Of the changes made 1 ms after the request, 1 in 200 brought no event;
 * from 5 ms on, all did.
 */
const SUBSCRIBE_SETTLE_MS = 50;

/** The back-off after a rejected subscription: rights and proxies may change, but not every second. */
const REFUSED_BACK_OFF: BackOffLimits = { minMs: 10_000, maxMs: 300_000 };

/** A stream that ends sooner counts as a failure, because each new stream costs a relist. */
const MIN_STREAM_LIFETIME_MS = 10_000;

export interface ReflectorOptions {
  readonly resyncIntervalMs?: number | undefined;
  readonly pollIntervalMs?: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Fills the work queue of a watch: from events, and with a relist at every resync.
 *
 * It subscribes, and subscribes again after every loss, independently of the consumer. Each subscription begins with a
 * relist. While subscribing fails, it requests a relist every `pollIntervalMs` and retries with a back-off. It shuts
 * the queue down when the first connection fails, and when the watch ends.
 */
export class Reflector {
  readonly queue = new WorkQueue();
  readonly #source: WatchSource;
  readonly #options: ReflectorOptions;
  readonly #signal: AbortSignal;
  /** Counts failures before a subscription: the daemon is away. */
  readonly #awayBackOff: BackOff;
  /** Counts subscriptions that were refused or did not last. */
  readonly #streamBackOff: BackOff;
  #hasConnected = false;
  #relistIntervalMs = RESYNC_INTERVAL_MS;
  /** When the request of the current subscription was sent. */
  #subscribedAt: number | undefined;
  /** Whether the current subscription lasted long enough to receive every event. */
  #isEstablished = false;
  /** The source's outage count when the last subscription was established. */
  #outageCount = 0;
  #cancelResync = (): void => {};
  #endPause = (): void => {};

  /** Starts at once; `signal` ends it. */
  constructor(source: WatchSource, options: ReflectorOptions, signal: AbortSignal) {
    this.#source = source;
    this.#options = options;
    this.#signal = signal;
    this.#awayBackOff = new BackOff(options.random);
    this.#streamBackOff = new BackOff(options.random);
    onAbort(signal, () => this.#stop());
    this.#run().catch((error: unknown) => this.queue.shutDown(error));
  }

  /** Requests the next relist one interval from now, because all records have just been listed. */
  scheduleResync(): void {
    this.#cancelResync();
    this.#cancelResync = this.#options.clock.after(this.#relistIntervalMs, () => this.queue.requestRelist());
  }

  /** Waits `delayMs` after a failed read, but no longer than until the next subscription or the end of the watch. */
  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#options.clock.after(delayMs, resolve);
      this.#endPause = () => {
        stopTimer();
        resolve();
      };
    });
  }

  #stop(): void {
    this.#cancelResync();
    this.queue.shutDown(this.#signal.reason);
    this.#endPause();
  }

  async #run(): Promise<never> {
    for (;;) {
      try {
        await this.#listAndWatch();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!this.#hasConnected || !isImagesError(error)) throw error;
        await this.#backOffAfter(error);
      }
    }
  }

  /** Subscribes, requests a relist, and rejects when the stream of events ends. */
  async #listAndWatch(): Promise<never> {
    this.#subscribedAt = undefined;
    this.#isEstablished = false;
    // The version call also makes the connection, so that the request below is sent at once.
    const [version, subscribe] = await Promise.all([this.#version(), this.#source.subscriber()]);
    this.#signal.throwIfAborted();
    this.#hasConnected = true;
    const { ended } = await subscribe(this.queue, this.#signal);
    this.#subscribedAt = this.#options.clock.now();
    await Promise.race([ended, sleep(this.#options.clock, SUBSCRIBE_SETTLE_MS, this.#signal)]);
    this.#established(version);
    return ended;
  }

  async #version(): Promise<string> {
    try {
      return await this.#source.version(this.#signal);
    } catch (error) {
      const isAway = watchBackOff(error) === SHORT_BACK_OFF && failureOf(error)?.kind !== "misconfigured";
      if (isAway) throw error;
      // If the server does not report its version, the list shows whether it can be watched.
      return "";
    }
  }

  #established(version: string): void {
    const defaultMs = isAtLeast(version, [2, 0]) ? RESYNC_INTERVAL_MS : RESYNC_INTERVAL_BELOW_2_0_MS;
    this.#relistIntervalMs = this.#options.resyncIntervalMs ?? defaultMs;
    this.#isEstablished = true;
    this.queue.requestRelist();
    this.#endPause();
    const outageCount = this.#source.outageCount();
    // After an outage there may be a new daemon, so the failures of the old one do not count.
    if (outageCount !== this.#outageCount) this.#resetBackOffs();
    this.#outageCount = outageCount;
  }

  async #backOffAfter(error: unknown): Promise<void> {
    if (this.#hasLasted()) this.#resetBackOffs();
    const limits = this.#limitsAfter(error);
    const isRetry = this.#awayBackOff.retries > 0 || this.#streamBackOff.retries > 0;
    // After a first loss the next subscription comes at once, and requests a relist itself.
    if (limits === REFUSED_BACK_OFF || isRetry) this.#poll(limits);
    const delayMs = Math.max(this.#nextDelayMs(limits), requestedWaitMs(error));
    await sleep(this.#options.clock, delayMs, this.#signal);
  }

  // A proxy hides restarts of the daemon from `outageCount`, but not that the daemon is away. Its streams from before do
  // not count then; the failures while it is away do, in case they and streams that end alternate.
  #nextDelayMs(limits: BackOffLimits): number {
    const isAway = this.#subscribedAt === undefined && limits !== REFUSED_BACK_OFF;
    if (isAway) this.#streamBackOff.reset();
    return (isAway ? this.#awayBackOff : this.#streamBackOff).nextDelayMs(limits);
  }

  #resetBackOffs(): void {
    this.#awayBackOff.reset();
    this.#streamBackOff.reset();
  }

  #hasLasted(): boolean {
    const { clock } = this.#options;
    return this.#subscribedAt !== undefined && clock.now() - this.#subscribedAt >= MIN_STREAM_LIFETIME_MS;
  }

  #limitsAfter(error: unknown): BackOffLimits {
    if (isRefused(error)) return REFUSED_BACK_OFF;
    return this.#subscribedAt === undefined || isConnectionLost(error) ? SHORT_BACK_OFF : LONG_BACK_OFF;
  }

  // A subscription that was established requested a relist when it began; the next one is due an interval later.
  #poll(limits: BackOffLimits): void {
    this.#relistIntervalMs = this.#options.pollIntervalMs ?? POLL_INTERVAL_MS;
    if (limits !== REFUSED_BACK_OFF && this.#isEstablished) this.scheduleResync();
    else this.queue.requestRelist();
  }
}
