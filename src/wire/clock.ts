/** Time, passed in so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds that never run backwards; only differences mean something. */
  now(): number;
  /** Wall-clock time in milliseconds since 1970; it can jump, so it proves nothing by itself. */
  wallMs(): number;
  /** Runs `action` after `delayMs`, never if that is infinite; the result cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, action) => {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
