import { inspect } from "node:util";
import type { ErrorCode } from "../errors.js";
import { shown } from "../schema/shown.js";
import type { MethodName } from "./calls.js";
import { isErrorCode } from "./status.js";

/**
 * A fault that happens to a call.
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

/**
 * How many calls a fault happens to.
 *
 * @example
 * ```ts
 * const outage: FaultOptions = { times: Number.POSITIVE_INFINITY }; // until recover()
 * service.failNext("*", "unavailable", outage);
 * ```
 */
export interface FaultOptions {
  /**
   * A whole number from 1 on, or `Infinity`: every call, until `recover()`.
   * @default 1
   */
  readonly times?: number | undefined;
}

/** A fault that waits for calls of one method, or of any method. */
interface WaitingFault {
  readonly method: MethodName | "*";
  readonly fault: Fault;
  /** How many more calls it happens to. */
  left: number;
}

/** The faults that wait for calls, in their order. */
export class FaultQueue {
  #waiting: WaitingFault[] = [];

  add(method: MethodName | "*", fault: Fault, times: number): void {
    this.#waiting.push({ method, fault, left: times });
  }

  take(method: MethodName): Fault | undefined {
    const next = this.#waiting.find((waiting) => waiting.method === method || waiting.method === "*");
    if (next === undefined) return undefined;
    next.left -= 1;
    if (next.left === 0) this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
    return next.fault;
  }

  clear(): void {
    this.#waiting = [];
  }
}

/** Throws a RangeError for a value that is not a {@link Fault}. */
export function checkFault(fault: unknown): void {
  if (isErrorCode(fault) || fault === "drop-before" || fault === "drop-after-commit") return;
  const delayMs = typeof fault === "object" && fault !== null && "delayMs" in fault ? fault.delayMs : undefined;
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs < 2 ** 31) return;
  const rule =
    'must be a gRPC code such as "unavailable", "drop-before", "drop-after-commit" or { delayMs } below 2^31';
  throw new RangeError(`fault ${rule}: ${shown(fault)}`);
}

/** The `times` of these options. Throws a RangeError for values that are not {@link FaultOptions}. */
export function readTimes(options: unknown): number {
  const isObject = typeof options === "object" && options !== null;
  const times = isObject && "times" in options && options.times !== undefined ? options.times : 1;
  const isKnown = isObject && Object.keys(options).every((key) => key === "times");
  const isCount = typeof times === "number" && (Number.isSafeInteger(times) || times === Number.POSITIVE_INFINITY);
  if (isKnown && isCount && times >= 1) return times;
  const rule = "must be { times } with a whole number from 1 on, or Infinity";
  throw new RangeError(`options ${rule}: ${inspect(options)}`);
}
