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
}

/** The same moment on both clocks of this process. */
export interface Moment {
  readonly ms: number;
  readonly wallMs: number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action, keepsAlive = true) => {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    const timer = setTimeout(action, delayMs);
    if (!keepsAlive) timer.unref();
    return () => clearTimeout(timer);
  },
};
