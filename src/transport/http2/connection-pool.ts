import { DENIED_WAIT_MS, FIRST_CONTACT_WAIT_MS } from "../../defaults.js";
import { type Cancellation, canceledFailure, type Deadline } from "../../rpc/deadline.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { Clock } from "../../util/clock.js";
import type { Endpoint } from "../endpoint.js";
import { ConnectAttempt } from "./connect-attempt.js";
import { describe, isDenied, isNobodyThere } from "./connect-failure.js";
import { retireWhenIdle } from "./idle.js";
import type { Session } from "./session.js";
import { onceReplaced } from "./socket-file.js";

// Fewer than twelve attempts in a second. A daemon that is back is found sooner: its socket is a new file.
const REDIAL_DELAY_MS = 90;
const REDIAL_JITTER = 0.1;

export interface ConnectionPoolOptions {
  readonly waitForDaemonMs: number | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

interface Waiter {
  readonly deadline: Deadline;
  readonly since: number;
  readonly resolve: (session: Session) => void;
  readonly reject: (failure: RpcFailure) => void;
}

/**
 * The sessions to one endpoint: the one that takes new calls, and those that only finish their last ones.
 *
 * All calls that need a session wait for the same attempt. An attempt on which a call ran into its deadline is
 * suspect: another one is started beside it, because a frozen daemon may have been replaced by a new one. The oldest
 * attempt is kept, because the daemon may just be slow.
 */
export class ConnectionPool {
  readonly #endpoint: Endpoint;
  readonly #options: ConnectionPoolOptions;
  readonly #sessions = new Set<Session>();
  readonly #waiters = new Set<Waiter>();
  #dials: readonly ConnectAttempt[] = [];
  #current: Session | undefined;
  #reached = false;
  #redialAt = Number.NEGATIVE_INFINITY;
  #connectedAt = Number.NEGATIVE_INFINITY;
  #stopPauseTimers: (() => void) | undefined;
  /** The Unix socket's file at the last dial. */
  #lastFile: string | undefined;
  #lastFailure: RpcFailure | undefined;
  /** The Unix socket's file that this process was not allowed to use, and since when. */
  #denied: { readonly file: string | undefined; readonly since: number } | undefined;
  #destroyed = false;
  /** The Unix socket's file at the last connection. */
  #connectedFile: string | undefined;
  #timesDown = 0;

  constructor(endpoint: Endpoint, options: ConnectionPoolOptions, reached = false) {
    this.#endpoint = endpoint;
    this.#options = options;
    this.#reached = reached;
  }

  /** Whether a daemon has ever answered there. */
  get reached(): boolean {
    return this.#reached;
  }

  /** How often nobody was there, or another socket than before. */
  get outageCount(): number {
    return this.#timesDown;
  }

  /** Whether this side has ended it all. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** The session for new calls, if there is one now. */
  get current(): Session | undefined {
    return this.#current?.usable === true ? this.#current : undefined;
  }

  /** Waits for a session, as long as the call lasts and it makes sense to wait. */
  ready(deadline: Deadline): Promise<Session> {
    return new Promise((resolve, reject) => {
      const { current } = this;
      const { cancellation } = deadline;
      if (this.#destroyed) reject(destroyedFailure());
      else if (cancellation !== undefined) reject(canceledFailure(cancellation, "never-sent"));
      else if (current !== undefined) resolve(current);
      else this.#wait({ deadline, since: this.#options.clock.now(), resolve, reject });
    });
  }

  /** Ends every connection at once. */
  destroy(): void {
    this.#destroyed = true;
    for (const waiter of this.#waiters) this.#leave(waiter).reject(destroyedFailure());
    this.#cancelDials();
    for (const session of this.#sessions) session.destroy();
  }

  #wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    waiter.deadline.onCancel((ending) => this.#ended(waiter, ending));
    for (const dial of this.#dials) dial.keepAlive(true);
    this.#connect();
  }

  #leave(waiter: Waiter): Waiter {
    this.#waiters.delete(waiter);
    waiter.deadline.onCancel(undefined);
    if (this.#waiters.size === 0) {
      this.#stopPause();
      for (const dial of this.#dials) dial.keepAlive(false);
    }
    return waiter;
  }

  #ended(waiter: Waiter, ending: Cancellation): void {
    this.#leave(waiter).reject(this.#endedWaiting(ending));
    if (ending.code !== "deadline_exceeded") return;
    const suspectBefore = this.#options.clock.now() - REDIAL_DELAY_MS;
    for (const dial of this.#dials) if (dial.startedAt < suspectBefore) dial.suspect = true;
    this.#connect();
  }

  // Dials unless somebody does already, nobody waits, or the last attempt failed a moment ago.
  #connect(): void {
    if (this.#waiters.size === 0 || this.#stopPauseTimers !== undefined) return;
    if (this.#dials.some((dial) => !dial.suspect)) return;
    const { clock } = this.#options;
    const delayMs = this.#notBefore() - clock.now();
    if (delayMs <= 0) this.#dial();
    else this.#pause(delayMs);
  }

  // A peer that takes connections and loses them before it has answered anything is not dialed faster than no peer.
  #notBefore(): number {
    const isOneOfThose = this.#current !== undefined && !this.#current.answered;
    return isOneOfThose ? Math.max(this.#redialAt, this.#connectedAt + REDIAL_DELAY_MS) : this.#redialAt;
  }

  #pause(delayMs: number): void {
    const redial = () => {
      this.#stopPause();
      this.#dial();
    };
    const { clock } = this.#options;
    const stops = [clock.after(delayMs, redial)];
    if (this.#endpoint.kind === "unix") stops.push(onceReplaced(this.#endpoint, this.#lastFile, clock, redial));
    this.#stopPauseTimers = () => {
      for (const stop of stops) stop();
    };
  }

  #dial(): void {
    const [oldest, ...later] = this.#dials;
    for (const dial of later) dial.cancel();
    const dial: ConnectAttempt = new ConnectAttempt(this.#endpoint, this.#options.clock.now(), {
      ready: (session) => this.#connected(session, dial),
      failed: (failure) => this.#failed(dial, failure),
    });
    this.#lastFile = dial.file;
    this.#dials = oldest === undefined ? [dial] : [oldest, dial];
  }

  #connected(session: Session, { file }: ConnectAttempt): void {
    if (this.#reached && this.#connectedFile !== file) this.#timesDown += 1;
    this.#connectedFile = file;
    this.#reached = true;
    this.#connectedAt = this.#options.clock.now();
    this.#lastFailure = undefined;
    this.#current = session;
    this.#sessions.add(session);
    const forget = retireWhenIdle(session, this.#options.clock);
    session.onceClosed(() => {
      forget();
      this.#sessions.delete(session);
    });
    this.#cancelDials();
    for (const waiter of this.#waiters) this.#leave(waiter).resolve(session);
  }

  #failed(dial: ConnectAttempt, failure: RpcFailure): void {
    this.#dials = this.#dials.filter((other) => other !== dial);
    this.#lastFailure = failure;
    if (isNobodyThere(failure)) this.#timesDown += 1;
    const { clock, random } = this.#options;
    const now = clock.now();
    const mayPass = failure.kind === "unreachable" || this.#isDeniedForNow(dial, failure, now);
    for (const waiter of this.#waiters) {
      if (!mayPass || !this.#patient(waiter, now)) this.#leave(waiter).reject(failure);
    }
    if (mayPass) this.#redialAt = now + REDIAL_DELAY_MS * (1 - REDIAL_JITTER * random());
    this.#connect();
  }

  // Whether a daemon that let this process in before has only just made its socket.
  #isDeniedForNow({ file }: ConnectAttempt, failure: RpcFailure, now: number): boolean {
    if (!this.#reached || !isDenied(failure)) return false;
    if (this.#denied === undefined || this.#denied.file !== file) this.#denied = { file, since: now };
    return now - this.#denied.since < DENIED_WAIT_MS;
  }

  #patient(waiter: Waiter, now: number): boolean {
    const { waitForDaemonMs = this.#reached ? Number.POSITIVE_INFINITY : FIRST_CONTACT_WAIT_MS } = this.#options;
    return now - waiter.since < waitForDaemonMs;
  }

  #cancelDials(): void {
    this.#stopPause();
    for (const dial of this.#dials) dial.cancel();
    this.#dials = [];
  }

  #stopPause(): void {
    this.#stopPauseTimers?.();
    this.#stopPauseTimers = undefined;
  }

  // A deadline that passed while the daemon was away says so.
  #endedWaiting(ending: Cancellation): RpcFailure {
    if (ending.code !== "deadline_exceeded") return canceledFailure(ending, "never-sent");
    const last = this.#lastFailure;
    return new RpcFailure(`${ending.message}: ${last?.message ?? `${describe(this.#endpoint)} is silent`}`, {
      code: ending.code,
      kind: "ended",
      evidence: "never-sent",
      hint: last?.hint ?? "the daemon accepts connections but does not answer: it may be frozen or overloaded",
      cause: ending.cause ?? last,
    });
  }
}

/** The failure of a call on connections that this side has ended. */
export function destroyedFailure(): RpcFailure {
  return new RpcFailure("the connection was closed by this client", {
    code: "unavailable",
    kind: "ended",
    evidence: "never-sent",
  });
}
