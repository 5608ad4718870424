import { type Cancellation, cancellationOf } from "../rpc/deadline.js";
import { onAbort } from "../util/on-abort.js";
import type { ClientCalls } from "./client-calls.js";
import { CLIENT_CLOSED } from "./in-flight-calls.js";

/**
 * Subscribes to what cancels a method that makes several calls: its signal and the end of its client. Returns the
 * function that unsubscribes it.
 */
export function onCancellation(
  calls: ClientCalls,
  signal: AbortSignal | undefined,
  cancel: (cancellation: Cancellation) => void,
): () => void {
  const aborted = () => cancel(cancellationOf(signal?.reason));
  if (signal?.aborted === true) aborted();
  const unsubscribe = [signal && onAbort(signal, aborted), calls.onClose(() => cancel(CLIENT_CLOSED))];
  return () => {
    for (const each of unsubscribe) each?.();
  };
}
