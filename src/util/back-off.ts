/** The limits of an exponential back-off. */
export interface BackOffLimits {
  /** Upper bound of the first delay; each further bound is twice as long. */
  readonly minMs: number;
  /** Upper bound of every delay. */
  readonly maxMs: number;
  /**
   * Which part of a delay is random: 0 is none, 0.1 the last tenth, 1 all of it ("full jitter").
   * @default 1
   */
  readonly jitter?: number;
}

const FACTOR = 2;

/**
 * Exponential back-off as gRPC does it: counts the retries since something last succeeded, and says how long to wait.
 */
export class BackOff {
  readonly #random: () => number;
  #retries = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** How many delays it has returned since the last {@link reset}. */
  get retries(): number {
    return this.#retries;
  }

  /** Something succeeded: the next delay is a first one again. */
  reset(): void {
    this.#retries = 0;
  }

  /** The delay before the next retry, in milliseconds. The limits may differ from retry to retry. */
  nextDelayMs({ minMs, maxMs, jitter = 1 }: BackOffLimits): number {
    const boundMs = Math.min(maxMs, minMs * FACTOR ** this.#retries);
    this.#retries += 1;
    return boundMs * (1 - jitter + jitter * this.#random());
  }
}
