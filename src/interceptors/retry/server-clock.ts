import type { Clock, Moment } from "../../util/clock.js";

/** Where a moment of the server lies: inside a span of local time, outside of it, or nobody can know. */
export type Order = "inside" | "outside" | "unknown";

// Clocks that are kept by NTP run less than 100 millionths apart, except while it corrects one. What that adds in a call
// of seconds is less than a record needs from its stamp to the disk, before which nobody sees it.
const MAX_DRIFT = 1 / 10_000;
// An old reading says nothing of a clock that somebody may have set since.
const MAX_AGE_MS = 60_000;
const FRESH_MS = 1_000;
// More than that between the wall clock and the monotonic one is a step, or a machine that slept.
const MAX_STEP_MS = 20;

/** `serverMs - localMs` is not below `lowMs` and not above `highMs`. */
interface Offset {
  readonly lowMs: number;
  readonly highMs: number;
  readonly readAtMs: number;
  /** Wall clock minus monotonic clock at that time. */
  readonly wallAheadMs: number;
}

/**
 * Orders moments of the server's clock and of this process, as far as they can be ordered.
 *
 * The two clocks may differ, also over a Unix socket, which may lead to another machine. What the server has stamped
 * between two moments of the local monotonic clock bounds the difference. The local wall clock is only asked whether
 * it has jumped: then the server's, which may be the same one, may have jumped too.
 */
export class ServerClock {
  readonly #clock: Clock;
  #offset: Offset | undefined;
  /** When two readings did not agree: then the server's clock has been set, nobody knows when. */
  #hasSteppedAtMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether there is a reading of the last second. */
  get isFresh(): boolean {
    const offset = this.#current();
    return offset !== undefined && this.#clock.now() - offset.readAtMs < FRESH_MS;
  }

  /** The server has written `serverMs` after `sentAtMs` and before now. */
  learn(serverMs: number, sentAtMs: number): void {
    const nowMs = this.#clock.now();
    const [lowMs, highMs] = [serverMs - nowMs, serverMs - sentAtMs];
    const known = this.#widened(nowMs);
    const agrees = known !== undefined && lowMs <= known.highMs && highMs >= known.lowMs;
    if (known !== undefined && !agrees) this.#hasSteppedAtMs = nowMs;
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
   * It takes a reading from that span, and both clocks to have run evenly in it: nobody tells whether the server's has
   * been set since an older one.
   */
  order(serverMs: number, from: Moment): Order {
    const offset = this.#current();
    const nowMs = this.#clock.now();
    const driftMs = (nowMs - from.ms) * MAX_DRIFT;
    const isEven = this.#hasSteppedAtMs < from.ms && this.#runsEvenly(from.wallMs - from.ms, driftMs);
    if (offset === undefined || offset.readAtMs < from.ms || !isEven) return "unknown";
    const [lowMs, highMs] = [offset.lowMs - driftMs, offset.highMs + driftMs];
    if (serverMs < from.ms + lowMs || serverMs > nowMs + highMs) return "outside";
    return serverMs >= from.ms + highMs && serverMs <= nowMs + lowMs ? "inside" : "unknown";
  }

  // What was read, as wide as drift has made it since.
  #widened(nowMs: number): Pick<Offset, "lowMs" | "highMs"> | undefined {
    const offset = this.#current();
    if (offset === undefined) return undefined;
    const driftMs = (nowMs - offset.readAtMs) * MAX_DRIFT;
    return { lowMs: offset.lowMs - driftMs, highMs: offset.highMs + driftMs };
  }

  // What was read, unless it is too old or the wall clock has jumped since.
  #current(): Offset | undefined {
    const offset = this.#offset;
    if (offset === undefined) return undefined;
    const ageMs = this.#clock.now() - offset.readAtMs;
    return ageMs <= MAX_AGE_MS && this.#runsEvenly(offset.wallAheadMs, ageMs * MAX_DRIFT) ? offset : undefined;
  }

  /** Whether the wall clock is as far ahead of the monotonic one as it was. */
  #runsEvenly(wallAheadMs: number, driftMs: number): boolean {
    const nowMs = this.#clock.now();
    return Math.abs(this.#clock.wallMs() - nowMs - wallAheadMs) <= MAX_STEP_MS + driftMs;
  }
}
