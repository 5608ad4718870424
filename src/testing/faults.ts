import type { ErrorCode } from "../errors.js";
import { isErrorCode } from "./status.js";

/**
 * What goes wrong with one call.
 *
 * - A code: the call is answered with it and does nothing.
 * - `drop-before`: the connection breaks before the call does anything.
 * - `drop-after-commit`: the call does its work, then the connection breaks in place of its answer, good or bad.
 * - `delayMs`: the call waits so long before it does anything, and goes on even when the caller has given up, as on a
 *   daemon that was frozen.
 *
 * @example
 * ```ts
 * service.failNext("create", "resource_exhausted");
 * service.failNext("delete", "drop-after-commit");
 * service.failNext("list", { delayMs: 100 });
 * ```
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

/** Throws a RangeError for what JavaScript may pass in place of a {@link Fault}. */
export function checkFault(fault: unknown): void {
  if (isErrorCode(fault) || fault === "drop-before" || fault === "drop-after-commit") return;
  const delayMs = typeof fault === "object" && fault !== null && "delayMs" in fault ? fault.delayMs : undefined;
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs < 2 ** 31) return;
  const rule = 'must be a gRPC code such as "unavailable", "drop-before", "drop-after-commit" or { delayMs }';
  throw new RangeError(`fault ${rule}: ${JSON.stringify(fault)}`);
}
