import type { Clock } from "../../util/clock.js";
import { type Endpoint, isDialed, socketFileOf } from "../endpoint.js";
import { onceReplaced } from "../open/socket-file.js";

/**
 * The time from one attempt to the next at an address. It allows fewer than twelve attempts per second, however many
 * calls wait.
 *
 * It does not grow with each failure as a back-off does, and only a small part of it is random: an attempt costs
 * microseconds, and only an attempt shows that a daemon behind a port is back. A daemon behind a Unix socket is found
 * sooner, because its socket is a new file.
 */
export const REDIAL_DELAY_MS = 90;
const REDIAL_JITTER = 0.1;
/** A function of the caller may log in to another host, which costs more, and may lock the caller out. */
const MAX_DIAL_DELAY_MS = 1_000;
/** The time of what has never happened: earlier than every time of a clock. */
const NEVER_MS = 0;

interface RedialTimerOptions {
  readonly clock: Clock;
  readonly random: () => number;
}

/** Runs `redial` when the next attempt may start. */
export class RedialTimer {
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #redial: () => void;
  #failures = 0;
  #failedNotBeforeMs = NEVER_MS;
  #connectedAtMs = NEVER_MS;
  #endsAtMs = NEVER_MS;
  #stops: readonly (() => void)[] = [];

  constructor(endpoint: Endpoint, { clock, random }: RedialTimerOptions, redial: () => void) {
    this.#endpoint = endpoint;
    this.#clock = clock;
    this.#random = random;
    this.#redial = redial;
  }

  /** Whether it waits for its time. A timer of a test may not run then, or never if the test has ended. */
  get isRunning(): boolean {
    return this.#msUntil(this.#endsAtMs) > 0;
  }

  /** Notes that an attempt has failed. */
  failed(): void {
    const delayMs = isDialed(this.#endpoint)
      ? Math.min(REDIAL_DELAY_MS * 2 ** this.#failures, MAX_DIAL_DELAY_MS)
      : REDIAL_DELAY_MS;
    this.#failures += 1;
    this.#failedNotBeforeMs = this.#clock.now() + delayMs * (1 - REDIAL_JITTER * this.#random());
  }

  /** Notes that an attempt has succeeded. */
  connected(): void {
    this.#failures = 0;
    this.#connectedAtMs = this.#clock.now();
  }

  /**
   * Runs `redial` now. If the last attempt was a moment ago, it waits for the delay, or until the socket's file is
   * another one than `knownFile`. A successful attempt counts too, unless the peer has responded on its connection: a
   * peer that accepts connections and loses them is not dialed faster than one that accepts none.
   */
  start(knownFile: string | undefined, hasResponded: boolean): void {
    this.stop();
    const connectedNotBeforeMs = hasResponded ? NEVER_MS : this.#connectedAtMs + REDIAL_DELAY_MS;
    const delayMs = this.#msUntil(Math.max(this.#failedNotBeforeMs, connectedNotBeforeMs));
    if (delayMs <= 0) this.#redial();
    else this.#wait(delayMs, knownFile);
  }

  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.#endsAtMs = NEVER_MS;
  }

  // No real wait is longer than the longest delay. A longer one means that a test has moved the clock and put it back.
  #msUntil(timeMs: number): number {
    const leftMs = timeMs - this.#clock.now();
    return leftMs > MAX_DIAL_DELAY_MS ? 0 : leftMs;
  }

  #wait(delayMs: number, knownFile: string | undefined): void {
    const redial = () => {
      this.stop();
      this.#redial();
    };
    this.#endsAtMs = this.#clock.now() + delayMs;
    const path = socketFileOf(this.#endpoint);
    const stopTimer = this.#clock.after(delayMs, redial);
    this.#stops = path === undefined ? [stopTimer] : [stopTimer, onceReplaced(path, knownFile, this.#clock, redial)];
  }
}
