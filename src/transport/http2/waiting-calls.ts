import type { Cancellation, Deadline } from "../../rpc/deadline.js";
import type { RpcFailure } from "../../rpc/failure.js";
import type { Clock } from "../../util/clock.js";
import type { Session } from "./session.js";

interface WaitingCall {
  readonly deadline: Deadline;
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
  /** When the first call began to wait for the connection that is still missing. */
  #sinceMs: number | undefined;

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
      this.#sinceMs ??= this.#clock.now();
      const call = { deadline, resolve, reject };
      this.#calls.add(call);
      deadline.onCancel({ canceled: (cancellation) => this.#cancel(call, cancellation) });
    });
  }

  resolveAll(session: Session): void {
    this.#sinceMs = undefined;
    for (const call of this.#calls) this.#leave(call).resolve(session);
  }

  /**
   * Rejects the calls that had waited for `minMs` or longer at this time. A call that had to wait for its turn while no
   * connection could be made has waited for it there, too: otherwise each 64 calls would wait after the 64 before them.
   */
  rejectAll(failure: RpcFailure, minMs = 0, atMs = this.#clock.now()): void {
    for (const call of this.#calls) {
      const sinceMs = Math.max(this.#sinceMs ?? 0, call.deadline.startedAt.ms);
      if (minMs <= 0 || atMs - sinceMs >= minMs) this.#leave(call).reject(failure);
    }
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
