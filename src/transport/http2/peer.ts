/** A peer that has not responded for so long may be frozen, or its connection may be lost without Node noticing. */
export const LONG_SILENCE_MS = 1_000;

/** The other end of a session: whether it responds to calls. */
export class Peer {
  #hasResponded = false;
  /** For how long canceled calls have waited since the last response; a time in which several waited counts once. */
  #silentMs = 0;
  #countedUntilMs = 0;

  /** Whether the peer has responded to a call or opened a stream of events. */
  get hasResponded(): boolean {
    return this.#hasResponded;
  }

  /** Notes that the peer has responded. */
  responded(nowMs: number): void {
    this.#hasResponded = true;
    this.#silentMs = 0;
    this.#countedUntilMs = nowMs;
  }

  /** Notes that a call was canceled that was sent at `sentAtMs`. Returns whether the peer has been silent for long. */
  unanswered(sentAtMs: number, nowMs: number): boolean {
    this.#silentMs += nowMs - Math.max(sentAtMs, this.#countedUntilMs);
    this.#countedUntilMs = nowMs;
    return this.#silentMs >= LONG_SILENCE_MS;
  }
}
