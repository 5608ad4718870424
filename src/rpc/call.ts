import { type Clock, type Moment, systemClock } from "../util/clock.js";
import { type Evidence, RpcFailure } from "./failure.js";
import { onAbort } from "../util/on-abort.js";
import type { RetryPolicy } from "./retry-policy.js";

/** Why a call ended before its answer came. */
export interface Cancellation {
  readonly code: "deadline_exceeded" | "canceled" | "unavailable";
  readonly message: string;
  readonly cause?: unknown;
}

export interface CallDetails {
  /** Metadata to send, keys in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly retry: RetryPolicy;
  /** Sees the answer's metadata; only `raw` asks for it. */
  readonly onMetadata?: ((header: Metadata, trailer: Metadata) => void) | undefined;
}

/** Metadata of an answer, keys in lower case, repeated keys in order. */
export type Metadata = readonly (readonly [key: string, value: string])[];

/**
 * One call on its way: what it sends along, and the one deadline, signal and close that can end it.
 *
 * A call waits in one place at a time (queue, dial, answer, back-off), so it has one {@link onCancel} listener: the
 * stage that waits. That makes an abort seen at once in every phase, with one timer for all of them.
 */
export class Call {
  readonly retry: RetryPolicy;
  readonly onMetadata: CallDetails["onMetadata"];
  readonly clock: Clock;
  /** When the call began, by its clock. */
  readonly startedAt: Moment;
  readonly #ownHeaders: Readonly<Record<string, string>>;
  #headers: Readonly<Record<string, string>>;
  readonly #deadline: number;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  #stopTimer: (() => void) | undefined;
  #stopHearing: (() => void) | undefined;
  #ending: Cancellation | undefined;
  #listener: ((ending: Cancellation) => void) | undefined;

  constructor(details: CallDetails, clock: Clock = systemClock) {
    this.#ownHeaders = details.headers;
    this.#headers = details.headers;
    this.retry = details.retry;
    this.onMetadata = details.onMetadata;
    this.clock = clock;
    this.#timeoutMs = details.timeoutMs;
    this.startedAt = { ms: clock.now(), wallMs: clock.wallMs() };
    this.#deadline = this.startedAt.ms + details.timeoutMs;
    this.#signal = details.signal;
    if (this.#signal?.aborted === true) this.#aborted();
    else {
      this.#stopHearing = this.#signal && onAbort(this.#signal, this.#aborted);
      this.#stopTimer = clock.after(details.timeoutMs, this.#expired);
    }
  }

  /** Metadata to send, keys in lower case. */
  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  /** Sends `headers` along as well, instead of those that were carried before; the call's own names win. */
  setTraceHeaders(headers: Readonly<Record<string, string>>): void {
    this.#headers = { ...headers, ...this.#ownHeaders };
  }

  /** Why the call is over, once it is. */
  get ending(): Cancellation | undefined {
    if (this.#ending === undefined && this.timeLeftMs() <= 0) this.#expired();
    return this.#ending;
  }

  /** Milliseconds until the deadline; not below zero. */
  timeLeftMs(): number {
    return Math.max(0, this.#deadline - this.clock.now());
  }

  /** Makes `listener` the one that hears of the end; `undefined` when the stage no longer waits. */
  onCancel(listener: ((ending: Cancellation) => void) | undefined): void {
    this.#listener = listener;
  }

  /** Ends the call; later endings change nothing. */
  cancel(ending: Cancellation): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.release();
    this.#listener?.(ending);
  }

  /** Lets go of the timer and the signal; the call is settled. */
  release(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#stopHearing?.();
    this.#stopHearing = undefined;
  }

  /** Waits `delayMs`, or rejects at once when the call ends. */
  sleep(delayMs: number, evidence: Evidence): Promise<void> {
    return new Promise((resolve, reject) => {
      const ended = (ending: Cancellation) => {
        stop();
        reject(canceledFailure(ending, evidence));
      };
      const stop = this.clock.after(delayMs, () => {
        this.onCancel(undefined);
        resolve();
      });
      if (this.ending === undefined) this.onCancel(ended);
      else ended(this.ending);
    });
  }

  readonly #expired = (): void => {
    this.cancel({ code: "deadline_exceeded", message: `no answer within ${this.#timeoutMs} ms` });
  };

  readonly #aborted = (): void => {
    this.cancel(cancellationOf(this.#signal?.reason));
  };
}

/** How a signal that was aborted for `cause` ends what it was given to. */
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

/** The failure of a call that ended, with what its stage knows to have reached the server. */
export function canceledFailure(ending: Cancellation, evidence: Evidence): RpcFailure {
  return new RpcFailure(ending.message, { code: ending.code, evidence, kind: "ended", cause: ending.cause });
}

/** The namespace that a call is for. */
export function namespaceOf(call: Call): string {
  return call.headers["containerd-namespace"] ?? "";
}
