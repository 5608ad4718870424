import { THROTTLE_TOKENS, THROTTLE_TOKENS_PER_SUCCESS } from "../../defaults.js";

/**
 * Stops retries while most calls fail, as gRFC A6 describes: a failure that the server itself reported costs one of
 * ten tokens, a success gives a tenth back, and there are retries only while more than half are left. Connections
 * that die cost nothing here: the shared dial already slows those down.
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
