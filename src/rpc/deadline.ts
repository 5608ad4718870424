import type { Evidence } from "../options.js";
import { type Clock, type Moment, systemClock } from "../util/clock.js";
import { onAbort } from "../util/on-abort.js";
import { sleepUnless } from "../util/sleep.js";
import { RpcFailure } from "./failure.js";

/** Why a call was ended before its response came. */
export interface Cancellation {
  readonly code: "deadline_exceeded" | "canceled" | "unavailable";
  readonly message: string;
  readonly cause?: unknown;
}

export interface DeadlineOptions {
  /** Infinity for none. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The time that something has, and what else can end it: the caller's signal, and the client when it closes.
 *
 * Whoever waits listens with {@link onCancel}. There is one listener, because a call waits in one place at a time:
 * in the queue, for a connection, for the response, or for its next attempt. So an abort is seen at once everywhere,
 * with one timer for all of them.
 */
export class Deadline {
  readonly clock: Clock;
  /** When it began, by its clock. */
  readonly startedAt: Moment;
  readonly #endsAtMs: number;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  #stopTimer: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;
  #cancellation: Cancellation | undefined;
  #listener: ((cancellation: Cancellation) => void) | undefined;

  constructor({ timeoutMs, signal }: DeadlineOptions, clock: Clock = systemClock) {
    this.clock = clock;
    this.#timeoutMs = timeoutMs;
    this.startedAt = { ms: clock.now(), wallMs: clock.wallMs() };
    this.#endsAtMs = this.startedAt.ms + timeoutMs;
    this.#signal = signal;
    if (signal?.aborted === true) this.#aborted();
    else {
      this.#unsubscribe = signal && onAbort(signal, this.#aborted);
      this.#stopTimer = clock.after(timeoutMs, this.#expired);
    }
  }

  /** Why it is over, once it is. */
  get cancellation(): Cancellation | undefined {
    if (this.#cancellation === undefined && this.timeLeftMs() <= 0) this.#expired();
    return this.#cancellation;
  }

  /** Milliseconds that are left; not below zero. */
  timeLeftMs(): number {
    return Math.max(0, this.#endsAtMs - this.clock.now());
  }

  /** Makes `listener` the one that is told of the end; `undefined` when nobody waits any more. */
  onCancel(listener: ((cancellation: Cancellation) => void) | undefined): void {
    this.#listener = listener;
  }

  /** Ends it; only the first time counts. */
  cancel(cancellation: Cancellation): void {
    if (this.#cancellation !== undefined) return;
    this.#cancellation = cancellation;
    this.release();
    this.#listener?.(cancellation);
  }

  /** Lets go of the timer and the signal: what it was for is done. */
  release(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Waits `delayMs`, or rejects at once when the time is over. */
  sleep(delayMs: number, evidence: Evidence): Promise<void> {
    const { cancellation } = this;
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, evidence));
    return sleepUnless(this.clock, delayMs, (interrupt) => {
      this.onCancel((reason) => interrupt(canceledFailure(reason, evidence)));
      return () => this.onCancel(undefined);
    });
  }

  readonly #expired = (): void => {
    this.cancel({ code: "deadline_exceeded", message: `no answer within ${this.#timeoutMs} ms` });
  };

  readonly #aborted = (): void => {
    this.cancel(cancellationOf(this.#signal?.reason));
  };
}

/** What a signal that was aborted for `cause` means. */
export function cancellationOf(cause: unknown): Cancellation {
  if (isTimeout(cause)) return { code: "deadline_exceeded", message: "the signal's timeout passed", cause };
  return { code: "canceled", message: "canceled by the caller", cause };
}

// What AbortSignal.timeout() gives as its reason, of any realm: a program's own error has not the number of a
// DOMException. A reason that cannot be looked at, such as a revoked proxy, must not leave the call waiting.
function isTimeout(reason: unknown): boolean {
  try {
    if (typeof reason !== "object" || reason === null || !("name" in reason) || !("code" in reason)) return false;
    return reason.name === "TimeoutError" && reason.code === DOMException.TIMEOUT_ERR;
  } catch {
    return false;
  }
}

/** The failure of a call that was canceled, with what is known to have reached the server. */
export function canceledFailure(cancellation: Cancellation, evidence: Evidence): RpcFailure {
  return new RpcFailure(cancellation.message, {
    code: cancellation.code,
    evidence,
    kind: "ended",
    cause: cancellation.cause,
  });
}
