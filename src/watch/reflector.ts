import { LONG_BACK_OFF, requestedWaitMs, SHORT_BACK_OFF, watchBackOff } from "../core/transient.js";
import { POLL_INTERVAL_MS, RESYNC_INTERVAL_BELOW_2_0_MS, RESYNC_INTERVAL_MS } from "../defaults.js";
import { isOfCall } from "../interceptors/error-of-call.js";
import { BackOff, type BackOffLimits } from "../util/back-off.js";
import type { Clock } from "../util/clock.js";
import { onAbort } from "../util/on-abort.js";
import { sleep } from "../util/sleep.js";
import { isAtLeast } from "../util/version.js";
import { isConnectionLost, isRefusal, isUnconnected } from "./event-stream.js";
import type { WatchSource } from "./source.js";
import { WorkQueue } from "./work-queue.js";

/**
 * containerd does not acknowledge a subscription. Of the changes made 1 ms after the request, 1 in 200 brought no
 * event; from 5 ms on, all did.
 */
const SUBSCRIBE_SETTLE_MS = 50;

/** A stream that ends sooner counts as a failure, because each new stream costs a relist. */
const MIN_STREAM_LIFETIME_MS = 10_000;

/**
 * Why there are no events.
 *
 * - `away`: the request to subscribe could not be sent.
 * - `refused`: the server rejected the subscription.
 * - `connection-lost`: the stream was lost with its connection.
 * - `ended`: the peer ended the stream.
 */
type LossReason = "away" | "refused" | "connection-lost" | "ended";

const BACK_OFFS: Readonly<Record<LossReason, BackOffLimits>> = {
  away: SHORT_BACK_OFF,
  refused: { minMs: 10_000, maxMs: 300_000 }, // rights and proxies may change, but not every second
  "connection-lost": SHORT_BACK_OFF,
  ended: LONG_BACK_OFF,
};

/** How an attempt to subscribe, or the subscription that it made, has ended. */
interface Loss {
  readonly reason: LossReason;
  readonly error: unknown;
  /** Whether the subscription was there long enough to receive every event. */
  readonly wasEstablished: boolean;
  /** Whether it lasted long enough to count as a success. */
  readonly hasLasted: boolean;
}

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
    onAbort(signal, () => this.#stop(signal.reason));
    this.#run().catch((error: unknown) => this.#stop(error));
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
      if (this.queue.isShutDown) this.#endPause();
    });
  }

  #stop(error: unknown): void {
    this.#cancelResync();
    this.queue.shutDown(error);
    this.#endPause();
  }

  async #run(): Promise<never> {
    for (;;) {
      const loss = await this.#listAndWatch();
      if (!this.#hasConnected || !isOfCall(loss.error)) throw loss.error;
      await this.#backOffAfter(loss);
    }
  }

  /** Subscribes and requests a relist; resolves when the stream of events has ended. */
  async #listAndWatch(): Promise<Loss> {
    const { clock } = this.#options;
    let subscribedAtMs: number | undefined;
    let wasEstablished = false;
    try {
      // The version call also makes the connection, so that the request below is sent at once.
      const [version, subscribe] = await Promise.all([this.#version(), this.#source.subscriber()]);
      this.#signal.throwIfAborted();
      this.#hasConnected = true;
      const { ended } = await subscribe(this.queue, this.#signal);
      subscribedAtMs = clock.now();
      // A frozen or very busy server may not have read the request yet, so the time to set it up counts from a response
      // on. If there is none, the list will fail too.
      const response = this.#version().catch(ignoreOfCall);
      await Promise.race([ended, response.then(() => sleep(clock, SUBSCRIBE_SETTLE_MS, this.#signal))]);
      wasEstablished = true;
      this.#established(version);
      return await ended;
    } catch (error) {
      const hasLasted = subscribedAtMs !== undefined && clock.now() - subscribedAtMs >= MIN_STREAM_LIFETIME_MS;
      return { reason: lossReason(error, subscribedAtMs !== undefined), error, wasEstablished, hasLasted };
    }
  }

  async #version(): Promise<string> {
    try {
      return await this.#source.version(this.#signal);
    } catch (error) {
      const isAway = watchBackOff(error) === SHORT_BACK_OFF;
      if (isAway || !isOfCall(error)) throw error; // what is no error of a call was thrown by `onRetry`
      // If the server does not report its version, the list shows whether it can be watched.
      return "";
    }
  }

  #established(version: string): void {
    const defaultMs = isAtLeast(version, [2, 0]) ? RESYNC_INTERVAL_MS : RESYNC_INTERVAL_BELOW_2_0_MS;
    this.#relistIntervalMs = this.#options.resyncIntervalMs ?? defaultMs;
    this.queue.requestRelist();
    this.#endPause();
    const outageCount = this.#source.outageCount();
    // After an outage there may be a new daemon, so the failures of the old one do not count.
    if (outageCount !== this.#outageCount) this.#resetBackOffs();
    this.#outageCount = outageCount;
  }

  async #backOffAfter({ reason, error, wasEstablished, hasLasted }: Loss): Promise<void> {
    if (hasLasted) this.#resetBackOffs();
    const isRetry = this.#awayBackOff.retries > 0 || this.#streamBackOff.retries > 0;
    // After a first loss the next subscription comes at once, and requests a relist itself.
    if (reason === "refused") this.#poll(false);
    else if (isRetry) this.#poll(wasEstablished);
    const delayMs = this.#backOffFor(reason).nextDelayMs(BACK_OFFS[reason]);
    await sleep(this.#options.clock, Math.max(delayMs, requestedWaitMs(error)), this.#signal);
  }

  // A proxy hides restarts of the daemon from `outageCount`, but not that the daemon is away. Its streams from before
  // do not count then; the failures while it is away do, in case they and streams that end alternate.
  #backOffFor(reason: LossReason): BackOff {
    if (reason !== "away") return this.#streamBackOff;
    this.#streamBackOff.reset();
    return this.#awayBackOff;
  }

  #resetBackOffs(): void {
    this.#awayBackOff.reset();
    this.#streamBackOff.reset();
  }

  // A subscription that was established has requested a relist when it began, so the next one is due an interval later.
  #poll(hasRelisted: boolean): void {
    this.#relistIntervalMs = this.#options.pollIntervalMs ?? POLL_INTERVAL_MS;
    if (hasRelisted) this.scheduleResync();
    else this.queue.requestRelist();
  }
}

// What `onRetry` has thrown ends the watch.
function ignoreOfCall(error: unknown): void {
  if (!isOfCall(error)) throw error;
}

function lossReason(error: unknown, wasSubscribed: boolean): LossReason {
  if (isOfCall(error) && isRefusal(error) && !isUnconnected(error)) return "refused";
  if (!wasSubscribed) return "away";
  return isConnectionLost(error) ? "connection-lost" : "ended";
}
