import { type Cancellation, canceledAfter, canceledFailure, type Deadline } from "../../rpc/deadline.js";
import { RpcFailure } from "../../rpc/failure.js";
import { unsure } from "../../rpc/hint.js";
import type { Clock } from "../../util/clock.js";
import { cannotConnectText, type Endpoint, isDialed, peerText, socketFileOf } from "../endpoint.js";
import { NO_ANSWER_HINT } from "../errno.js";
import { isNotListening } from "../open/connect-failure.js";
import { ConnectAttempt } from "./connect-attempt.js";
import { retireWhenIdle } from "./idle.js";
import { CLOSED_HERE } from "./lost-stream.js";
import { LONG_SILENCE_MS } from "./peer.js";
import { Reachability } from "./reachability.js";
import { REDIAL_DELAY_MS, RedialTimer } from "./redial-timer.js";
import type { Session } from "./session.js";
import { endWhenLost } from "./unnoticed-loss.js";
import { WaitingCalls } from "./waiting-calls.js";

const SILENT = "it accepts connections but does not answer: the daemon may be frozen or overloaded";

export interface ConnectionPoolOptions {
  /** How long a call waits while no connection can be made. The default is {@link Reachability.defaultWaitMs}. */
  readonly waitForDaemonMs: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * The sessions to one endpoint: the one that takes new calls, and retired ones that only finish their last calls.
 *
 * All calls that need a session wait for the same attempt. If the deadline of a call passes while it waits for an
 * attempt, or if it is aborted after a second of it, the attempt is stalled: a second one is started, because a new
 * daemon may have replaced a frozen one. The oldest attempt is kept, because the daemon may only be slow.
 */
export class ConnectionPool {
  readonly #endpoint: Endpoint;
  readonly #options: ConnectionPoolOptions;
  readonly #reachability: Reachability;
  readonly #redialTimer: RedialTimer;
  readonly #waiting: WaitingCalls;
  readonly #sessions = new Set<Session>();
  #current: Session | undefined;
  /** At most two attempts: the oldest and the latest. */
  #attempts: readonly ConnectAttempt[] = [];
  /** The identity of the socket's file at the last attempt. */
  #lastFile: string | undefined;
  #destroyed = false;

  constructor(endpoint: Endpoint, options: ConnectionPoolOptions, wasReached = false) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#reachability = new Reachability(wasReached);
    this.#redialTimer = new RedialTimer(endpoint, options, () => this.#startAttempt());
    this.#waiting = new WaitingCalls(options.clock, {
      emptied: () => this.#lastCallLeft(),
      canceled: (cancellation) => this.#callCanceled(cancellation),
      failureOf: (cancellation) => this.#waitingFailure(cancellation),
    });
  }

  /** Whether a connection was ever made. */
  get wasReached(): boolean {
    return this.#reachability.wasReached;
  }

  /** See {@link Channel.outageCount}. */
  get outageCount(): number {
    return this.#reachability.outageCount;
  }

  /** Whether {@link destroy} was called. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** The session for new calls, if there is one now. */
  get current(): Session | undefined {
    return this.#current?.usable === true ? this.#current : undefined;
  }

  /** Waits for a session, until the deadline at most, and only as long as waiting can help. */
  ready(deadline: Deadline): Promise<Session> {
    const { current } = this;
    const { cancellation } = deadline;
    if (this.#destroyed) return Promise.reject(destroyedFailure());
    if (cancellation !== undefined) return Promise.reject(canceledFailure(cancellation, "never-sent"));
    if (current !== undefined) return Promise.resolve(current);
    const session = this.#waiting.add(deadline);
    for (const attempt of this.#attempts) attempt.keepAlive(true);
    this.#connect();
    return session;
  }

  /** Ends every connection at once. */
  destroy(): void {
    this.#destroyed = true;
    this.#waiting.rejectAll(destroyedFailure());
    this.#cancelAttempts();
    for (const session of this.#sessions) session.destroy();
  }

  // Does nothing if no call waits, or if an attempt is running or scheduled.
  #connect(): void {
    if (this.#waiting.isEmpty || this.#redialTimer.isRunning) return;
    if (this.#attempts.some((attempt) => !attempt.stalled)) return;
    // Without a connection before, there is nothing to wait for.
    const hasResponded = this.#current?.peer.hasResponded ?? true;
    this.#redialTimer.start(this.#lastFile, hasResponded);
  }

  #startAttempt(): void {
    const [oldest, ...later] = this.#attempts;
    for (const each of later) each.cancel();
    const attempt: ConnectAttempt = new ConnectAttempt(this.#endpoint, this.#options.clock.now(), {
      ready: (session) => this.#connected(session, attempt),
      failed: (failure) => this.#attemptFailed(attempt, failure),
    });
    this.#lastFile = attempt.file;
    this.#attempts = oldest === undefined ? [attempt] : [oldest, attempt];
  }

  #connected(session: Session, { file }: ConnectAttempt): void {
    this.#reachability.connected(file);
    this.#redialTimer.connected();
    this.#keep(session);
    this.#cancelAttempts();
    this.#waiting.resolveAll(session);
  }

  #keep(session: Session): void {
    this.#current = session;
    this.#sessions.add(session);
    const { clock } = this.#options;
    const stops = [retireWhenIdle(session, clock), endWhenLost(session, clock)];
    session.onceClosed(() => {
      for (const stop of stops) stop();
      this.#sessions.delete(session);
    });
  }

  #attemptFailed(attempt: ConnectAttempt, failure: RpcFailure): void {
    this.#attempts = this.#attempts.filter((other) => other !== attempt);
    const canWait = this.#reachability.failed(failure, attempt.file, this.#options.clock.now());
    if (canWait) {
      const { waitForDaemonMs = this.#reachability.defaultWaitMs } = this.#options;
      // A system refuses at once. If that seems to be late, this process stood still, and the daemon may be back.
      const isAtOnce = isNotListening(failure) && !isDialed(this.#endpoint);
      const atMs = isAtOnce ? attempt.startedAtMs : undefined;
      this.#waiting.rejectAll(failure, waitForDaemonMs, atMs);
      this.#redialTimer.failed();
    } else this.#waiting.rejectAll(failure);
    this.#connect();
  }

  #cancelAttempts(): void {
    for (const attempt of this.#attempts) attempt.cancel();
    this.#attempts = [];
  }

  // The delay after a failure applies here, too: calls with short deadlines must not dial without a pause.
  #abandonAttempts(): void {
    if (this.#attempts.length > 0) this.#redialTimer.failed();
    this.#cancelAttempts();
  }

  // So the timer runs only while calls wait.
  #lastCallLeft(): void {
    this.#redialTimer.stop();
    // The attempt for an address goes on without keeping the process alive; a caller's function cannot do that.
    if (isDialed(this.#endpoint)) this.#abandonAttempts();
    else for (const attempt of this.#attempts) attempt.keepAlive(false);
  }

  #callCanceled({ code }: Cancellation): void {
    const overMs = code === "deadline_exceeded" ? REDIAL_DELAY_MS : LONG_SILENCE_MS;
    for (const attempt of this.#slowAttempts(overMs)) attempt.callExpired();
    this.#connect();
  }

  #slowAttempts(overMs: number): readonly ConnectAttempt[] {
    const startedBeforeMs = this.#options.clock.now() - overMs;
    return this.#attempts.filter(({ startedAtMs }) => startedAtMs < startedBeforeMs);
  }

  // If the deadline passed while the daemon could not be reached, the message says so.
  #waitingFailure(cancellation: Cancellation): RpcFailure {
    const reason = cancellation.code === "deadline_exceeded" ? this.#reasonToWait() : undefined;
    if (reason === undefined) return canceledFailure(cancellation, "never-sent");
    if (reason instanceof RpcFailure) return canceledAfter(reason, cancellation, "never-sent");
    const message = `${cancellation.message}: ${reason.message}`;
    return canceledFailure({ ...cancellation, message }, "never-sent", reason.hint);
  }

  // A short wait says nothing about the daemon. A long silence says more than the failure before it, but not more than
  // one after it.
  #reasonToWait(): RpcFailure | Silence | undefined {
    const { lastFailure, lastFailedAtMs } = this.#reachability;
    const slow = this.#slowAttempts(lastFailure ? LONG_SILENCE_MS : REDIAL_DELAY_MS);
    const sinceThen = slow.filter(({ startedAtMs }) => startedAtMs >= lastFailedAtMs);
    const silence = silenceOf(sinceThen, this.#endpoint);
    return silence === undefined || silence === DIAL_PENDING ? (lastFailure ?? silence) : silence;
  }
}

interface Silence {
  readonly message: string;
  readonly hint: string;
}

const DIAL_PENDING: Silence = {
  message: "dial is still pending",
  hint: "it has neither returned a stream nor failed: let it fail sooner, or give the call more time",
};

function silenceOf(attempts: readonly ConnectAttempt[], endpoint: Endpoint): Silence | undefined {
  if (attempts.length === 0) return undefined;
  if (attempts.some(({ isDialing }) => isDialing)) return DIAL_PENDING;
  if (attempts.some(({ isUnanswered }) => isUnanswered))
    return { message: `${cannotConnectText(endpoint)}: the host does not answer`, hint: NO_ANSWER_HINT };
  return {
    message: `${peerText(endpoint)} is silent`,
    hint: unsure(SILENT + (socketFileOf(endpoint) ? ", or this may be its ttrpc socket" : "")),
  };
}

/** The failure of a call after this side has destroyed the pool. */
function destroyedFailure(): RpcFailure {
  return new RpcFailure(CLOSED_HERE, { code: "unavailable", kind: "ended", evidence: "never-sent" });
}
