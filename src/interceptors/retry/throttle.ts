const MAX_TOKENS = 10;
const TOKENS_PER_SUCCESS = 0.1;

/**
 * Stops retries while most calls fail, as gRFC A6 describes: a failure that the server itself reported costs one of
 * ten tokens, a success gives a tenth back, and there are retries only while more than half are left. Connections
 * that die cost nothing here: the shared dial already slows those down.
 */
export class Throttle {
  #tokens = MAX_TOKENS;

  succeeded(): void {
    this.#tokens = Math.min(MAX_TOKENS, this.#tokens + TOKENS_PER_SUCCESS);
  }

  failed(): void {
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  allowsRetry(): boolean {
    return this.#tokens > MAX_TOKENS / 2;
  }
}
