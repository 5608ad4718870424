const TICK_MS = 5;
const LONGEST_TICK_MS = 30;

/**
 * A clock that stands still while this process does. A busy machine can stop a process for half a second, and a limit
 * of time is about what the library waits for. What it computes without a pause is not counted either.
 */
export class AwakeClock implements Disposable {
  #ms = 0;
  #lastMs = performance.now();
  readonly #ticks = setInterval(() => this.now(), TICK_MS);

  now(): number {
    const nowMs = performance.now();
    this.#ms += Math.min(nowMs - this.#lastMs, LONGEST_TICK_MS);
    this.#lastMs = nowMs;
    return this.#ms;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticks);
  }
}
