import type { Call } from "../rpc/call.js";
import type { Cancellation } from "../rpc/deadline.js";
import type { Clock } from "../util/clock.js";

/** What a client that closes does to the calls that it still has. */
export const CLIENT_CLOSED: Cancellation = { code: "unavailable", message: "the client was closed" };

/** The calls that a client has in flight, with those of the clients derived from it, and whether it takes new ones. */
export class InFlightCalls {
  readonly #clock: Clock;
  /** The calls of the owner of the connection; `undefined` for the owner itself. */
  readonly #ofOwner: InFlightCalls | undefined;
  readonly #calls = new Set<Call>();
  #isClosed = false;
  /** The closes that wait; each is called when the last call in flight has settled. */
  #whenEmpty: (() => void)[] = [];
  readonly #closeListeners = new Set<() => void>();

  constructor(clock: Clock, ofOwner?: InFlightCalls) {
    this.#clock = clock;
    this.#ofOwner = ofOwner;
  }

  /** Those of a client that is derived from this one, on the same connection. */
  derive(): InFlightCalls {
    return new InFlightCalls(this.#clock, this.#ofOwner ?? this);
  }

  /** Whether they are those of the owner of the connection. */
  get areOfOwner(): boolean {
    return this.#ofOwner === undefined;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#ofOwner?.isClosed === true;
  }

  add(call: Call): void {
    this.#calls.add(call);
    this.#ofOwner?.add(call);
  }

  remove(call: Call): void {
    this.#calls.delete(call);
    this.#ofOwner?.remove(call);
    if (this.#calls.size > 0 || this.#whenEmpty.length === 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /**
   * Runs `listener` as soon as closing begins, here or at the owner, for work that would never finish by itself. The
   * result unsubscribes it.
   */
  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    const unsubscribe = this.#ofOwner?.onClose(listener);
    return () => {
      this.#closeListeners.delete(listener);
      unsubscribe?.();
    };
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
