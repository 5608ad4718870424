import type { Clock, Timer } from "../util/clock.js";
import { Line, type Linked } from "../util/line.js";
import { afterReading } from "../util/next-turn.js";
import { outsideCalls } from "../util/outside-calls.js";

/** Something that ends at a fixed time. */
export interface Expiring extends Linked<Expiring> {
  readonly endsAtMs: number;
  /** Its time has come; it has to leave its queue. */
  expire(): void;
}

/** Empty queues are kept for the next call, up to this many for each clock. */
const MAX_EMPTY_QUEUES = 16;

/** A timer of Node is rarely this late, unless something keeps the event loop. */
const LATE_MS = 50;

type Queues = Map<number, DeadlineQueue>;

const queuesOf = new WeakMap<Clock, Queues>();

/** The queue for the next deadline with this time-out on this clock. */
export function deadlineQueue(clock: Clock, timeoutMs: number): DeadlineQueue {
  const queues = queuesOf.get(clock) ?? newQueues(clock);
  const queue = queues.get(timeoutMs);
  return queue?.takesMore === true ? queue : new DeadlineQueue(clock, timeoutMs, queues);
}

function newQueues(clock: Clock): Queues {
  const queues: Queues = new Map();
  queuesOf.set(clock, queues);
  return queues;
}

/**
 * Deadlines with the same time-out. They end in the order in which they began, so one timer serves them all: nearly all
 * calls of a client have the same time-out, and a timer for each would take much of their time and memory. For the same
 * reason it is left running when the last deadline has left: the next one may need it.
 */
export class DeadlineQueue {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly #queues: Queues;
  readonly #line = new Line<Expiring>();
  /** Whether the timer was started for the first deadline. One that has left since may have started it. */
  #isOfFirst = false;
  #timer: Timer | undefined;

  constructor(clock: Clock, timeoutMs: number, queues: Queues) {
    this.clock = clock;
    this.timeoutMs = timeoutMs;
    this.#queues = queues;
  }

  /**
   * Whether another deadline can join those that wait. With the timers of a test each needs a timer of its own: the
   * test need not advance the clock together with them, and may end while a deadline waits.
   */
  get takesMore(): boolean {
    return this.#line.isEmpty || this.#timer?.isReusable !== false;
  }

  add(deadline: Expiring): void {
    this.#line.add(deadline);
    // If others are before it, the timer is set for the first of them. While they expire there is none; after that it
    // is started for the first one that is left.
    if (this.#line.first !== deadline) return;
    this.#queues.set(this.timeoutMs, this);
    if (this.#timer?.isReusable === true) this.#timer.ref();
    else {
      this.#stopTimer();
      this.#startTimer(this.timeoutMs);
    }
  }

  remove(deadline: Expiring): void {
    if (this.#line.first === deadline) this.#isOfFirst = false;
    this.#line.remove(deadline);
    if (this.#line.first !== undefined) return;
    const isDropped = this.#queues.size > MAX_EMPTY_QUEUES;
    if (isDropped) this.#queues.delete(this.timeoutMs);
    if (!isDropped && this.#timer?.isReusable === true) this.#timer.unref();
    else this.#stopTimer();
  }

  #stopTimer(): void {
    this.#timer?.stop();
    this.#timer = undefined;
  }

  // The timer can outlive the call that starts it.
  #startTimer(delayMs: number): void {
    this.#isOfFirst = true;
    this.#timer = outsideCalls(() => this.clock.timer(delayMs, this.#expire));
  }

  readonly #expire = (): void => {
    this.#timer = undefined;
    const { first } = this.#line;
    const nowMs = this.clock.now();
    // The process was busy or stopped. Responses that have arrived meanwhile are read before their time is up.
    if (first && nowMs - first.endsAtMs > LATE_MS) afterReading(() => this.#expireUntil(nowMs));
    // Node may run a timer a part of a millisecond early, and a test may stop the clock.
    else this.#expireUntil(nowMs, this.#isOfFirst ? first : undefined);
  };

  #expireUntil(nowMs: number, due?: Expiring): void {
    try {
      due?.expire();
      for (let { first } = this.#line; first && first.endsAtMs <= nowMs; { first } = this.#line) first.expire();
    } finally {
      this.#startTimerAgain();
    }
  }

  // A deadline that was added by what expired may have started it already.
  #startTimerAgain(): void {
    const { first } = this.#line;
    if (first === undefined || this.#timer !== undefined) return;
    this.#startTimer(Math.max(0, first.endsAtMs - this.clock.now()));
  }
}
