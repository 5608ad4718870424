import type { Evidence } from "../options.js";
import { type Clock, type Moment, systemClock } from "../util/clock.js";
import { onAbort } from "../util/on-abort.js";
import { sleepUnless } from "../util/sleep.js";
import { type DeadlineQueue, deadlineQueue, type Expiring } from "./deadline-queue.js";
import { RpcFailure } from "./failure.js";

/** Why a call was ended before its response came. */
export interface Cancellation {
  readonly code: "deadline_exceeded" | "canceled" | "unavailable";
  readonly message: string;
  readonly cause?: unknown;
}

/** What waits, and has to stop when its call is canceled. */
export interface CancellationListener {
  canceled(cancellation: Cancellation): void;
}

export interface DeadlineOptions {
  /** Infinity for no deadline. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The deadline of a call, and what else can cancel the call: the caller's signal, and the client when it closes.
 *
 * Code that waits sets a listener with {@link onCancel}. There is only one, because a call waits in one place at a
 * time: in the queue, for a connection, for the response, or for its next attempt. So every wait ends at once on a
 * cancellation, and one timer is enough for all of them.
 */
export class Deadline implements Expiring {
  // Thousands of calls can wait, so what the queue has or what can be computed is not stored again.
  readonly #queue: DeadlineQueue;
  readonly #startedAtMs: number;
  readonly #startedAtWallMs: number;
  #isQueued = false;
  previous: Expiring | undefined;
  next: Expiring | undefined;
  #unsubscribe: (() => void) | undefined;
  #cancellation: Cancellation | undefined;
  #listener: CancellationListener | undefined;

  constructor({ timeoutMs, signal }: DeadlineOptions, clock: Clock = systemClock) {
    this.#queue = deadlineQueue(clock, timeoutMs);
    this.#startedAtMs = clock.now();
    this.#startedAtWallMs = clock.wallMs();
    if (signal?.aborted === true) this.cancel(cancellationOf(signal.reason));
    else {
      this.#unsubscribe = signal && onAbort(signal, () => this.cancel(cancellationOf(signal.reason)));
      this.#queue.add(this);
      this.#isQueued = true;
    }
  }

  get clock(): Clock {
    return this.#queue.clock;
  }

  /** When the call began, by the clock of the deadline. */
  get startedAt(): Moment {
    return { ms: this.#startedAtMs, wallMs: this.#startedAtWallMs };
  }

  get endsAtMs(): number {
    return this.#startedAtMs + this.#queue.timeoutMs;
  }

  /** Why the call was canceled; `undefined` while it was not. If its time has passed, reading this cancels it. */
  get cancellation(): Cancellation | undefined {
    return this.cancellationWith(this.timeLeftMs());
  }

  /** {@link cancellation} for a caller that already has the time left, because reading the clock again costs time. */
  cancellationWith(timeLeftMs: number): Cancellation | undefined {
    if (this.#cancellation === undefined && timeLeftMs <= 0) this.expire();
    return this.#cancellation;
  }

  /** How many milliseconds are left; never negative. */
  timeLeftMs(): number {
    return Math.max(0, this.endsAtMs - this.clock.now());
  }

  /** Sets the one listener for the cancellation; `undefined` removes it. */
  onCancel(listener: CancellationListener | undefined): void {
    this.#listener = listener;
  }

  /** Cancels the call; only the first cancellation counts. */
  cancel(cancellation: Cancellation): void {
    if (this.#cancellation !== undefined) return;
    this.#cancellation = cancellation;
    this.release();
    this.#listener?.canceled(cancellation);
  }

  /** Needs no timer any more, and unsubscribes from the signal; for a call that has ended. */
  release(): void {
    if (this.#isQueued) this.#queue.remove(this);
    this.#isQueued = false;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Waits `delayMs`; rejects as soon as the call is canceled. */
  sleep(delayMs: number, evidence: Evidence): Promise<void> {
    const { cancellation } = this;
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, evidence));
    return sleepUnless(this.clock, delayMs, (interrupt) => {
      this.onCancel({ canceled: (reason) => interrupt(canceledFailure(reason, evidence)) });
      return () => this.onCancel(undefined);
    });
  }

  /**
   * Waits for `work`, which may take longer than the call; rejects as `no-answer` as soon as the call is canceled.
   */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const canceled = (reason: Cancellation) => reject(canceledFailure(reason, "no-answer"));
      this.onCancel({ canceled });
      if (this.#cancellation) canceled(this.#cancellation);
      work.then(resolve, reject);
    }).finally(() => this.onCancel(undefined));
  }

  /** Ends the call because its time has passed. */
  expire(): void {
    this.cancel({ code: "deadline_exceeded", message: `no answer within ${Math.round(this.#queue.timeoutMs)} ms` });
  }
}

/** The cancellation for a signal that was aborted with this reason. */
export function cancellationOf(cause: unknown): Cancellation {
  if (isTimeout(cause)) return { code: "deadline_exceeded", message: "the signal's timeout passed", cause };
  return { code: "canceled", message: "canceled by the caller", cause };
}

// Recognises the reason of AbortSignal.timeout(), of any realm. A program's own TimeoutError does not have the code of
// a DOMException. A reason whose properties cannot be read, such as a revoked proxy, must not keep the call waiting.
function isTimeout(reason: unknown): boolean {
  try {
    if (typeof reason !== "object" || reason === null || !("name" in reason) || !("code" in reason)) return false;
    return reason.name === "TimeoutError" && reason.code === DOMException.TIMEOUT_ERR;
  } catch {
    return false;
  }
}

/** The failure of a call that was canceled after `last` had happened to it, which may be why it took so long. */
export function canceledAfter(last: RpcFailure, end: Cancellation, evidence: Evidence): RpcFailure {
  return canceledFailure({ cause: last, ...end, message: `${end.message}: ${last.message}` }, evidence, last.hint);
}

/** The failure of a call that was canceled; `evidence` says what reached the server. */
export function canceledFailure(
  { message, code, cause }: Cancellation,
  evidence: Evidence,
  hint?: string | undefined,
): RpcFailure {
  return new RpcFailure(message, { code, evidence, kind: "ended", cause, hint });
}
