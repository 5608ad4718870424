import type { ErrorCode } from "../errors.js";

/**
 * What goes wrong with one call.
 *
 * - A code: the call is answered with it and does nothing.
 * - `drop-before`: the connection breaks before the call does anything.
 * - `drop-after-commit`: the call does its work, then the connection breaks instead of the answer.
 * - `delayMs`: the call waits so long before it does anything, and goes on even when the caller has given up, as on a
 *   daemon that was frozen.
 */
export type Fault = ErrorCode | "drop-before" | "drop-after-commit" | { readonly delayMs: number };

/** Faults that wait for their call, first come first served for each method. */
export class FaultQueue<Method extends string> {
  readonly #waiting: { readonly method: Method; readonly fault: Fault }[] = [];

  add(method: Method, fault: Fault): void {
    this.#waiting.push({ method, fault });
  }

  take(method: Method): Fault | undefined {
    const index = this.#waiting.findIndex((entry) => entry.method === method);
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0]?.fault;
  }
}
