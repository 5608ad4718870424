import { BASE_DELAY_MS, MAX_ATTEMPTS, MAX_DELAY_MS } from "../defaults.js";
import type { RetryEvent } from "../options.js";

/** How a call is retried: the retry options, with all defaults filled in. */
export interface RetryPolicy {
  /**
   * How many requests of one call may reach the server. The first request that the peer rejects without processing it
   * does not count.
   */
  readonly maxAttempts: number;
  /** The upper bound of the first back-off; the bound doubles with every retry. */
  readonly baseDelayMs: number;
  /** The upper bound of every back-off. */
  readonly maxDelayMs: number;
  readonly onRetry: ((event: RetryEvent) => void) | undefined;
}

/** The policy of a client without retry options. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxAttempts: MAX_ATTEMPTS,
  baseDelayMs: BASE_DELAY_MS,
  maxDelayMs: MAX_DELAY_MS,
  onRetry: undefined,
};
