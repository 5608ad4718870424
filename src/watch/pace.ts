import { type ErrorCode, isImagesError } from "../errors.js";
import { failureOf } from "../interceptors/to-images-error.js";
import type { Pace } from "../util/back-off.js";

/** After what a restart of the daemon explains: it is back in a moment. */
export const SOON: Pace = { minMs: 25, maxMs: 1_000 };

/** After what the server says: it will say so again for a while, and each time may cost it a whole list. */
export const LATER: Pace = { minMs: 25, maxMs: 30_000 };

/** Only what is asked, or who asks, could change the answer, and a watch asks the same each time. */
const NEVER = undefined;

const paces: Readonly<Record<ErrorCode, Pace | undefined>> = {
  unavailable: SOON,
  deadline_exceeded: SOON,
  aborted: LATER,
  already_exists: LATER,
  data_loss: LATER,
  failed_precondition: LATER,
  internal: LATER,
  not_found: LATER,
  out_of_range: LATER,
  resource_exhausted: LATER,
  unknown: LATER,
  canceled: NEVER,
  invalid_argument: NEVER,
  permission_denied: NEVER,
  unauthenticated: NEVER,
  unimplemented: NEVER,
};

/**
 * How soon a watch that has worked before asks again after this failure; `undefined` where it ends instead.
 *
 * What was never sent always comes right again by itself: the address, the certificates and the rights have worked, so
 * a socket that may not be opened yet, or a certificate that is being renewed, is a daemon or a proxy that starts.
 */
export function paceAfter(error: unknown): Pace | undefined {
  if (!isImagesError(error)) return undefined;
  return failureOf(error)?.evidence === "never-sent" ? SOON : paces[error.code];
}
