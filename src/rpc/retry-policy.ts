import type { ErrorCode } from "../errors.js";
import type { Evidence } from "./failure.js";

/**
 * What `onRetry` is told: a request failed, and this is what the library does about it.
 *
 * @example
 * ```ts
 * const onRetry = ({ method, imageName, attempt, code, action, delayMs }: RetryEvent) =>
 *   console.warn(`${method} ${imageName}: request ${attempt} was ${code}; ${action} in ${delayMs} ms`);
 * await images.withRetry({ onRetry }).get("app:1");
 * ```
 */
export interface RetryEvent {
  /** RPC in lower case, for example `create`. */
  readonly method: string;
  readonly namespace: string;
  readonly imageName: string | undefined;
  /** Requests sent so far for this call. */
  readonly attempt: number;
  /** How the last one failed. */
  readonly code: ErrorCode;
  /** What of it reached the server. */
  readonly evidence: Evidence;
  /**
   * What comes next: `retry` sends the request again after {@link delayMs}, `read-back` asks the server what became
   * of it, `resolved` means that the read-back showed it to be applied, and the call succeeds.
   */
  readonly action: "retry" | "read-back" | "resolved";
  /** Back-off before the request is sent again; 0 for the other actions. */
  readonly delayMs: number;
}

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
