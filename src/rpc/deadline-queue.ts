import type { Clock, Timer } from "../util/clock.js";
import { Line, type Linked } from "../util/line.js";
import { outsideCalls } from "../util/outside-calls.js";

/** Something that ends at a fixed time. */
export interface Expiring extends Linked<Expiring> {
  readonly endsAtMs: number;
  /** Its time has come; it has to leave its queue. */
  expire(): void;
}

/** Empty queues are kept for the next call, up to this many for each clock. */
const MAX_EMPTY_QUEUES = 16;

type Queues = Map<number, DeadlineQueue>;

const queuesOf = new WeakMap<Clock, Queues>();

/** The queue of all deadlines with this time-out on this clock. */
export function deadlineQueue(clock: Clock, timeoutMs: number): DeadlineQueue {
  const queues = queuesOf.get(clock) ?? newQueues(clock);
  return queues.get(timeoutMs) ?? newQueue(clock, timeoutMs, queues);
}

function newQueues(clock: Clock): Queues {
  const queues: Queues = new Map();
  queuesOf.set(clock, queues);
  return queues;
}

function newQueue(clock: Clock, timeoutMs: number, queues: Queues): DeadlineQueue {
  const queue = new DeadlineQueue(clock, timeoutMs, queues);
  queues.set(timeoutMs, queue);
  return queue;
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
  /** When the timer runs. The deadline for which it was set may have left since. */
  #timerAtMs = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, timeoutMs: number, queues: Queues) {
    this.clock = clock;
    this.timeoutMs = timeoutMs;
    this.#queues = queues;
  }

  add(deadline: Expiring): void {
    this.#line.add(deadline);
    // If others are before it, the timer is set for the first of them. While they expire there is none; after that it is
    // started for the first one that is left.
    if (this.#line.first !== deadline) return;
    if (this.#timer?.isReusable === true) this.#timer.ref();
    else {
      this.#stopTimer();
      this.#startTimer(this.timeoutMs, deadline.endsAtMs);
    }
  }

  remove(deadline: Expiring): void {
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
  #startTimer(delayMs: number, atMs: number): void {
    this.#timerAtMs = atMs;
    this.#timer = outsideCalls(() => this.clock.timer(delayMs, this.#expire));
  }

  readonly #expire = (): void => {
    this.#timer = undefined;
    try {
      // Node may run a timer a part of a millisecond early.
      this.#expireUntil(Math.max(this.#timerAtMs, this.clock.now()));
    } finally {
      this.#startTimerAgain();
    }
  };

  #expireUntil(nowMs: number): void {
    for (let { first } = this.#line; first !== undefined && first.endsAtMs <= nowMs; { first } = this.#line) {
      first.expire();
    }
  }

  // A deadline that was added by what expired may have started it already.
  #startTimerAgain(): void {
    const { first } = this.#line;
    if (first === undefined || this.#timer !== undefined) return;
    this.#startTimer(first.endsAtMs - this.clock.now(), first.endsAtMs);
  }
}
