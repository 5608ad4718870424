import type { ErrorCode } from "../errors.js";
import { failureOf, isOfCall } from "../interceptors/error-of-call.js";
import type { BackOffLimits } from "../util/back-off.js";

/**
 * For a failure that a restart of the daemon can cause: the daemon is back soon, and a watch is back within a second of
 * it. Half of each delay is random, so that many watches do not come back at the same moment.
 */
export const SHORT_BACK_OFF: BackOffLimits = { minMs: 25, maxMs: 800, jitter: 0.5 };

/**
 * For a failure that the server reports: it may last longer, and a retry of a watch may cost the server a whole list.
 */
export const LONG_BACK_OFF: BackOffLimits = { minMs: 25, maxMs: 30_000 };

/** What can be done after a failure. */
interface Recovery {
  /** Whether the same request may succeed a moment later, without any change by the user. */
  readonly isTransient: boolean;
  /** How a watch that has worked before retries; `undefined` if it ends instead. */
  readonly watchBackOff: BackOffLimits | undefined;
}

const RESTART: Recovery = { isTransient: true, watchBackOff: SHORT_BACK_OFF };
const CONFLICT: Recovery = { isTransient: true, watchBackOff: LONG_BACK_OFF };
const SERVER_ERROR: Recovery = { isTransient: false, watchBackOff: LONG_BACK_OFF };
/** The same request of the same caller would always fail in the same way. */
const FINAL: Recovery = { isTransient: false, watchBackOff: undefined };

const RECOVERIES: Readonly<Record<ErrorCode, Recovery>> = {
  unavailable: RESTART,
  deadline_exceeded: RESTART,
  aborted: CONFLICT,
  unknown: CONFLICT,
  already_exists: SERVER_ERROR,
  data_loss: SERVER_ERROR,
  failed_precondition: SERVER_ERROR,
  internal: SERVER_ERROR,
  not_found: SERVER_ERROR,
  out_of_range: SERVER_ERROR,
  resource_exhausted: SERVER_ERROR,
  canceled: FINAL,
  invalid_argument: FINAL,
  permission_denied: FINAL,
  unauthenticated: FINAL,
  unimplemented: FINAL,
};

/** Whether the same request may succeed later, without any change by the user. */
export function isTransient(error: unknown): boolean {
  if (!isOfCall(error)) return false;
  const kind = failureOf(error)?.kind;
  if (kind === "misconfigured") return false;
  return kind === "unreachable" || kind === "broken" || RECOVERIES[error.code].isTransient;
}

/**
 * How a watch that has worked before retries after this failure; `undefined` if the watch ends instead.
 *
 * It always retries a request that was never sent. The address, the certificates and the rights have worked before, so
 * the daemon or the proxy is just starting: this process may not open its socket yet, or its certificate is being
 * renewed. It also always retries after a response that cannot be read, which says nothing, whatever its code.
 */
export function watchBackOff(error: unknown): BackOffLimits | undefined {
  if (!isOfCall(error)) return undefined;
  const { evidence, kind } = failureOf(error) ?? {};
  if (evidence === "never-sent") return SHORT_BACK_OFF;
  return kind === "malformed" ? LONG_BACK_OFF : RECOVERIES[error.code].watchBackOff;
}

/**
 * How many milliseconds the server asks to wait before the next request of a watch or a `waitFor`; 30 s at most, and 0
 * if it does not.
 */
export function requestedWaitMs(error: unknown): number {
  const pushback = failureOf(error)?.pushback;
  return typeof pushback === "number" ? Math.min(pushback, LONG_BACK_OFF.maxMs) : 0;
}
