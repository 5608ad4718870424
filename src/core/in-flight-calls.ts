import type { Call } from "../rpc/call.js";
import type { Cancellation } from "../rpc/deadline.js";
import type { Clock } from "../util/clock.js";

/** What a client that closes does to the calls that it still has. */
export const CLIENT_CLOSED: Cancellation = { code: "unavailable", message: "the client was closed" };

/** The calls that a client has in flight, and whether it takes new ones. */
export class InFlightCalls {
  readonly #clock: Clock;
  readonly #calls = new Set<Call>();
  #isClosed = false;
  /** The closes that wait; each is called when the last call in flight has settled. */
  #whenEmpty: (() => void)[] = [];
  readonly #closeListeners = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  add(call: Call): void {
    this.#calls.add(call);
  }

  remove(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size > 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /**
   * Runs `listener` as soon as closing begins, for work that would never finish by itself. The result unsubscribes it.
   */
  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** Takes no new calls, gives those in flight `graceMs` to finish, then ends them. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    for (const listener of this.#closeListeners) listener();
    if (this.#calls.size === 0) return;
    const stopTimer = this.#clock.after(graceMs, () => this.#endAll());
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    stopTimer();
  }

  #endAll(): void {
    for (const call of this.#calls) call.deadline.cancel(CLIENT_CLOSED);
  }
}
