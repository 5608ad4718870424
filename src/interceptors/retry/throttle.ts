import { THROTTLE_TOKENS, THROTTLE_TOKENS_PER_SUCCESS } from "../../defaults.js";

/**
 * Stops retries while most calls fail, as gRFC A6 describes: every `unavailable` that the server reports takes one of
 * ten tokens, every success returns a tenth of a token, and a call is retried only while more than half of the tokens
 * are left. Lost connections take no tokens, because the shared connection pool already slows their retries down.
 */
export class Throttle {
  #tokens = THROTTLE_TOKENS;

  succeeded(): void {
    this.#tokens = Math.min(THROTTLE_TOKENS, this.#tokens + THROTTLE_TOKENS_PER_SUCCESS);
  }

  failed(): void {
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  allowsRetry(): boolean {
    return this.#tokens > THROTTLE_TOKENS / 2;
  }
}
