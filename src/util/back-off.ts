import type { Clock } from "./clock.js";
import { pause } from "./sleep.js";

/** How long to wait before something is tried again: up to `minMs` at first, twice as much each time up to `maxMs`. */
export interface Pace {
  readonly minMs: number;
  readonly maxMs: number;
}

/** Waits ever longer from failure to failure, each time a random part of what the pace allows. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: () => number;
  #failures = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** How many times it has waited since something last succeeded. */
  get failures(): number {
    return this.#failures;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Rejects with the signal's reason when it aborts. */
  wait({ minMs, maxMs }: Pace, signal: AbortSignal): Promise<void> {
    const longestMs = Math.min(maxMs, minMs * 2 ** this.#failures);
    this.#failures += 1;
    return pause(this.#clock, this.#random() * longestMs, signal);
  }
}
