import type { Clock, Moment } from "../../util/clock.js";

/** Whether a time of the server's clock is inside a span of local time, outside of it, or cannot be compared. */
export type Order = "inside" | "outside" | "unknown";

// Clocks that NTP keeps drift apart by less than 100 parts per million, except while NTP corrects one. In a call of
// 10 s, that is 1 ms: less than a record needs from its timestamp until it is stored and a read can return it.
const MAX_DRIFT = 1 / 10_000;
// A clock may have been set since an old reading, so old readings are not used.
const MAX_AGE_MS = 60_000;
const FRESH_MS = 1_000;
// If the difference between the wall clock and the monotonic clock changes by more, the clock was set or the machine
// was suspended.
const MAX_STEP_MS = 20;

/** The difference `serverMs - localMs` lies between `lowMs` and `highMs`. */
interface Offset {
  readonly lowMs: number;
  readonly highMs: number;
  readonly readAtMs: number;
  /** Wall clock minus monotonic clock at that time. */
  readonly wallAheadMs: number;
}

/**
 * Compares times of the server's clock with times of this process, as far as that is possible.
 *
 * The two clocks may differ, also over a Unix socket, which may be forwarded from another machine. A server timestamp
 * that was made between two local times limits the difference. Local times are those of the monotonic clock. The local
 * wall clock only shows whether it was set: the server may use the same clock, so then its clock may have changed too.
 */
export class ServerClock {
  readonly #clock: Clock;
  #offset: Offset | undefined;
  /** When two readings contradicted each other: the server's clock was set at some unknown time before. */
  #steppedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether there is a reading that is less than a second old. */
  get isFresh(): boolean {
    const offset = this.#current();
    return offset !== undefined && this.#clock.now() - offset.readAtMs < FRESH_MS;
  }

  /** Adds a reading: the server made the timestamp `serverMs` after `sentAtMs` and before now. */
  learn(serverMs: number, sentAtMs: number): void {
    const nowMs = this.#clock.now();
    const [lowMs, highMs] = [serverMs - nowMs, serverMs - sentAtMs];
    const known = this.#widened(nowMs);
    const agrees = known !== undefined && lowMs <= known.highMs && highMs >= known.lowMs;
    if (known !== undefined && !agrees) this.#steppedAtMs = nowMs;
    this.#offset = {
      lowMs: agrees ? Math.max(lowMs, known.lowMs) : lowMs,
      highMs: agrees ? Math.min(highMs, known.highMs) : highMs,
      readAtMs: nowMs,
      wallAheadMs: this.#clock.wallMs() - nowMs,
    };
  }

  /**
   * Whether the server's `serverMs` lies between the local `from` and now.
   *
   * This needs a reading from that span, and both clocks must have run evenly since `from`: the server's clock may have
   * been set after an older reading.
   */
  order(serverMs: number, from: Moment): Order {
    const offset = this.#current();
    const nowMs = this.#clock.now();
    const driftMs = (nowMs - from.ms) * MAX_DRIFT;
    const isEven = this.#steppedAtMs < from.ms && this.#runsEvenly(from.wallMs - from.ms, driftMs);
    if (offset === undefined || offset.readAtMs < from.ms || !isEven) return "unknown";
    const [lowMs, highMs] = [offset.lowMs - driftMs, offset.highMs + driftMs];
    if (serverMs < from.ms + lowMs || serverMs > nowMs + highMs) return "outside";
    return serverMs >= from.ms + highMs && serverMs <= nowMs + lowMs ? "inside" : "unknown";
  }

  // The last reading, widened by the possible drift since then.
  #widened(nowMs: number): Pick<Offset, "lowMs" | "highMs"> | undefined {
    const offset = this.#current();
    if (offset === undefined) return undefined;
    const driftMs = (nowMs - offset.readAtMs) * MAX_DRIFT;
    return { lowMs: offset.lowMs - driftMs, highMs: offset.highMs + driftMs };
  }

  // The last reading, unless it is too old or the wall clock was set since then.
  #current(): Offset | undefined {
    const offset = this.#offset;
    if (offset === undefined) return undefined;
    const ageMs = this.#clock.now() - offset.readAtMs;
    return ageMs <= MAX_AGE_MS && this.#runsEvenly(offset.wallAheadMs, ageMs * MAX_DRIFT) ? offset : undefined;
  }

  /** Whether the difference between the wall clock and the monotonic clock is still the same. */
  #runsEvenly(wallAheadMs: number, driftMs: number): boolean {
    const nowMs = this.#clock.now();
    return Math.abs(this.#clock.wallMs() - nowMs - wallAheadMs) <= MAX_STEP_MS + driftMs;
  }
}
