import type { Call } from "../rpc/call.js";
import type { Cancellation } from "../rpc/deadline.js";
import type { Clock } from "../util/clock.js";
import { Line, type Linked } from "../util/line.js";

/** What a client that closes does to the calls that it still has. */
export const CLIENT_CLOSED: Cancellation = { code: "unavailable", message: "the client was closed" };

/** The calls that a client has in flight, with those of the clients derived from it, and whether it takes new ones. */
export class InFlightCalls implements Linked<InFlightCalls> {
  readonly #clock: Clock;
  /** The calls of the owner of the connection; `undefined` for the owner itself. */
  readonly #ofOwner: InFlightCalls | undefined;
  /** The calls of this client itself. */
  readonly #calls = new Line<Call>();
  /** The derived clients that have calls. */
  readonly #derived = new Line<InFlightCalls>();
  previous: InFlightCalls | undefined;
  next: InFlightCalls | undefined;
  #isClosed = false;
  /** The closes that wait; each is called when the last call in flight has settled. */
  readonly #whenEmpty: (() => void)[] = [];
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
    if (this.#isEmpty && this.#ofOwner !== undefined) this.#ofOwner.#derived.add(this);
    this.#calls.add(call);
  }

  remove(call: Call): void {
    this.#calls.remove(call);
    this.#oneLess();
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
    if (this.#isEmpty) return;
    const stopTimer = this.#clock.after(graceMs, () => this.#endAll());
    await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    stopTimer();
  }

  get #isEmpty(): boolean {
    return this.#calls.isEmpty && this.#derived.isEmpty;
  }

  #removeDerived(calls: InFlightCalls): void {
    this.#derived.remove(calls);
    this.#oneLess();
  }

  // A client that closes gets no more calls, so it settles its closes once.
  #oneLess(): void {
    if (!this.#isEmpty) return;
    if (this.#ofOwner !== undefined) this.#ofOwner.#removeDerived(this);
    for (const resolve of this.#whenEmpty) resolve();
  }

  #endAll(): void {
    for (const { deadline } of this.#calls) deadline.cancel(CLIENT_CLOSED);
    for (const calls of this.#derived) calls.#endAll();
  }
}
