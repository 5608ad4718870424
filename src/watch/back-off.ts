import type { Clock } from "../wire/clock.js";
import { pause } from "./pause.js";

const MIN_DELAY_MS = 25;
const MAX_DELAY_MS = 1_000;

/** Waits ever longer from failure to failure: a random time up to 25 ms, 50 ms and so on up to a second. */
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
  wait(signal: AbortSignal): Promise<void> {
    const longestMs = Math.min(MAX_DELAY_MS, MIN_DELAY_MS * 2 ** this.#failures);
    this.#failures += 1;
    return pause(this.#clock, this.#random() * longestMs, signal);
  }
}
