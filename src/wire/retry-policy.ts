/** How a call is retried, every default filled in. */
export interface RetryPolicy {
  /** Requests that may reach the server for one call; 1 means no retry. */
  readonly maxAttempts: number;
  /** The first back-off is a random time up to this, the next up to twice as much. */
  readonly baseDelayMs: number;
  /** No back-off is longer. */
  readonly maxDelayMs: number;
}

export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 5, baseDelayMs: 25, maxDelayMs: 1_000 };
