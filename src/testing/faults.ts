import type { ErrorCode } from "../errors.js";
import { isErrorCode } from "./status.js";

/**
 * A fault that happens to one call.
 *
 * - A code: the call does nothing, and its response is a status with this code.
 * - `drop-before`: the connection breaks before the call does anything.
 * - `drop-after-commit`: the call is processed, but instead of the response, success or error, the connection breaks.
 * - `delayMs`: the call waits this long before it does anything. It continues even if the caller has given up, as on a
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

/** The faults that wait for a call, in their order, for each method. */
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

/** Throws a RangeError for a value that is not a {@link Fault}. */
export function checkFault(fault: unknown): void {
  if (isErrorCode(fault) || fault === "drop-before" || fault === "drop-after-commit") return;
  const delayMs = typeof fault === "object" && fault !== null && "delayMs" in fault ? fault.delayMs : undefined;
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs < 2 ** 31) return;
  const rule = 'must be a gRPC code such as "unavailable", "drop-before", "drop-after-commit" or { delayMs }';
  throw new RangeError(`fault ${rule}: ${JSON.stringify(fault)}`);
}
