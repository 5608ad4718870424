import { IS_BUN } from "./is-bun.js";

/** Time, passed in so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds that never run backwards; only differences mean something. */
  now(): number;
  /** Wall-clock time in milliseconds since 1970; it can jump, so it proves nothing by itself. */
  wallMs(): number;
  /**
   * Runs `action` after `delayMs`, or never if that is infinite. The result cancels it. Until then the process stays
   * alive, unless `keepsAlive` is false.
   */
  after(delayMs: number, action: () => void, keepsAlive?: boolean): () => void;
  /** Like {@link after}, for a timer that can be left running while nothing needs it. */
  timer(delayMs: number, action: () => void): Timer;
}

/** A running timer. */
export interface Timer {
  /** Whether it can be left running for a later use. */
  readonly isReusable: boolean;
  stop(): void;
  /** Keeps the process alive, as it does from the start. */
  ref(): void;
  /** No longer keeps the process alive. */
  unref(): void;
}

/** The same moment on both clocks of this process. */
export interface Moment {
  readonly ms: number;
  readonly wallMs: number;
}

class SystemTimer implements Timer {
  readonly #timeout: NodeJS.Timeout;
  readonly #setTimeout = setTimeout;
  readonly stop: () => void;
  /** Whether it is one of Node, and not of a test, of Bun, or of jsdom, whose timers are numbers as in a browser. */
  readonly #isNodes: boolean;

  constructor(delayMs: number, action: () => void) {
    this.#timeout = setTimeout(action, delayMs);
    this.stop = stopOf(this.#timeout);
    // In Bun, tests replace what setTimeout() does and not the function, so their timers look like all others.
    this.#isNodes = !IS_BUN && typeof this.#timeout === "object" && "_onTimeout" in this.#timeout;
  }

  // Tests replace the timers of Node and put them back. A timer that was made before such a change does not run by the
  // timers of now, and may never run. A test can also remove its timers without putting Node's back.
  get isReusable(): boolean {
    return this.#isNodes && this.#setTimeout === setTimeout;
  }

  ref(): void {
    this.#timeout.ref();
  }

  unref(): void {
    this.#timeout.unref();
  }
}

// The clearTimeout() of a test does not stop a timer of Node or jsdom, and sinon's prints a warning. That of node:test,
// once its timers are removed, would take away one of the next test.
function stopOf(timer: NodeJS.Timeout): () => void {
  const clear = clearTimeout;
  const isOfTest = typeof timer === "object" && !("_onTimeout" in timer);
  return () => (isOfTest ? clearTimeout : clear)(timer);
}

const NO_TIMER: Timer = { isReusable: true, stop: () => {}, ref: () => {}, unref: () => {} };

export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action, keepsAlive = true) => {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    const timer = setTimeout(action, delayMs);
    if (!keepsAlive && typeof timer === "object") timer.unref(); // it is a number in jsdom
    return stopOf(timer);
  },
  timer: (delayMs, action) => (delayMs === Number.POSITIVE_INFINITY ? NO_TIMER : new SystemTimer(delayMs, action)),
};
