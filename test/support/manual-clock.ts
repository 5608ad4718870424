import { setImmediate as turn } from "node:timers/promises";
import type { Clock, Timer } from "../../src/util/clock.js";

interface PendingTimer {
  readonly at: number;
  readonly action: () => void;
  keepsAlive: boolean;
}

/** Time that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  /** What the wall clock shows while this clock shows 0; a test may change it, as a step of the clock does. */
  wallOffsetMs = 0;
  readonly #timers = new Set<PendingTimer>();
  /** Every requested delay, in order. */
  readonly delays: number[] = [];

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now + this.wallOffsetMs;
  }

  after(delayMs: number, action: () => void, keepsAlive = true): () => void {
    const timer = this.#start(delayMs, action);
    timer.keepsAlive = keepsAlive;
    return () => this.#timers.delete(timer);
  }

  timer(delayMs: number, action: () => void): Timer {
    const timer = this.#start(delayMs, action);
    const keepAlive = (keepsAlive: boolean) => {
      timer.keepsAlive = keepsAlive;
    };
    return {
      isReusable: true,
      stop: () => this.#timers.delete(timer),
      ref: () => keepAlive(true),
      unref: () => keepAlive(false),
    };
  }

  /** Timers that have not run, have not been stopped, and keep the process alive. */
  get pending(): number {
    return [...this.#timers].filter(({ keepsAlive }) => keepsAlive).length;
  }

  /** Timers that have not run and have not been stopped, also those that nothing needs at the moment. */
  get running(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass, and runs the timers that are due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#run(next);
      await turn();
    }
    this.#now = end;
    await turn();
  }

  /** Lets time pass, from timer to timer, until `promise` settles. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (await turn(); !isSettled; await turn()) {
      const next = this.#next();
      if (next === undefined || this.pending === 0) throw new Error("nothing is left to wait for");
      this.#run(next);
    }
    return promise;
  }

  #start(delayMs: number, action: () => void): PendingTimer {
    const timer = { at: this.#now + delayMs, action, keepsAlive: true };
    this.delays.push(delayMs);
    this.#timers.add(timer);
    return timer;
  }

  #next(): PendingTimer | undefined {
    return [...this.#timers].sort((a, b) => a.at - b.at)[0];
  }

  #run(timer: PendingTimer): void {
    this.#now = Math.max(this.#now, timer.at);
    this.#timers.delete(timer);
    timer.action();
  }
}
