import type { Call } from "./wire/call.js";

/** The calls that a client has in flight, and whether it takes new ones. */
export class Lifetime {
  readonly #calls = new Set<Call>();
  #isClosed = false;
  #emptied: (() => void) | undefined;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  add(call: Call): void {
    this.#calls.add(call);
  }

  remove(call: Call): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#emptied?.();
  }

  /** Takes no new calls, gives those in flight `graceMs` to finish, then ends them. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.#calls.size === 0) return;
    const emptied = new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
    const timer = setTimeout(() => this.#endAll(), graceMs);
    await emptied;
    clearTimeout(timer);
  }

  #endAll(): void {
    for (const call of this.#calls) call.end({ code: "unavailable", message: "the client was closed" });
  }
}
