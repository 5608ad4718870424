import type { Cancellation, Deadline } from "../../rpc/deadline.js";
import type { RpcFailure } from "../../rpc/failure.js";
import type { Clock } from "../../util/clock.js";
import type { Session } from "./session.js";

interface WaitingCall {
  readonly deadline: Deadline;
  readonly sinceMs: number;
  readonly resolve: (session: Session) => void;
  readonly reject: (failure: RpcFailure) => void;
}

interface WaitingCallsListener {
  /** The last waiting call has left. */
  emptied(): void;
  /** A call was canceled; it has been rejected with the result of `failureOf`. */
  canceled(cancellation: Cancellation): void;
  failureOf(cancellation: Cancellation): RpcFailure;
}

/**
 * The calls that wait for a connection. Each leaves exactly once: with a session, with a failure, or with its
 * cancellation.
 */
export class WaitingCalls {
  readonly #clock: Clock;
  readonly #listener: WaitingCallsListener;
  readonly #calls = new Set<WaitingCall>();

  constructor(clock: Clock, listener: WaitingCallsListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /** Adds a call; the result is its session, or rejects at the deadline at the latest. */
  add(deadline: Deadline): Promise<Session> {
    return new Promise((resolve, reject) => {
      const call = { deadline, sinceMs: this.#clock.now(), resolve, reject };
      this.#calls.add(call);
      deadline.onCancel({ canceled: (cancellation) => this.#cancel(call, cancellation) });
    });
  }

  resolveAll(session: Session): void {
    for (const call of this.#calls) this.#leave(call).resolve(session);
  }

  /** Rejects the calls that had waited for `minMs` or longer at this time. */
  rejectAll(failure: RpcFailure, minMs = 0, atMs = this.#clock.now()): void {
    for (const call of this.#calls) if (minMs <= 0 || atMs - call.sinceMs >= minMs) this.#leave(call).reject(failure);
  }

  #cancel(call: WaitingCall, cancellation: Cancellation): void {
    const failure = this.#listener.failureOf(cancellation); // before the call leaves, which may end the attempt
    this.#leave(call).reject(failure);
    this.#listener.canceled(cancellation);
  }

  #leave(call: WaitingCall): WaitingCall {
    this.#calls.delete(call);
    call.deadline.onCancel(undefined);
    if (this.isEmpty) this.#listener.emptied();
    return call;
  }
}
