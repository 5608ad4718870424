import type { RetryEvent } from "../options.js";

/** How a call is retried, every default filled in. */
export interface RetryPolicy {
  /** Requests that may reach the server for one call, beside one that was refused unseen; 1 means no retry. */
  readonly maxAttempts: number;
  /** The first back-off is a random time up to this, each further one up to twice as much. */
  readonly baseDelayMs: number;
  /** No back-off is longer. */
  readonly maxDelayMs: number;
  readonly onRetry: ((event: RetryEvent) => void) | undefined;
}

/** Five attempts; back-offs of up to 25, 50, 100 and 200 ms. */
export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 5,
  baseDelayMs: 25,
  maxDelayMs: 1_000,
  onRetry: undefined,
};
