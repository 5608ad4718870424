import type { ClientCalls } from "../core/client-calls.js";
import { CLIENT_CLOSED } from "../core/in-flight-calls.js";
import type { Filter } from "../filters/index.js";
import type { WatchOptions } from "../options.js";
import type { AttemptCount } from "../rpc/call.js";
import { type Cancellation, cancellationOf } from "../rpc/deadline.js";
import { onAbort } from "../util/on-abort.js";
import { reconcile } from "./reconcile.js";
import { clientSource } from "./source.js";
import { Watch } from "./watch.js";

/** Watches the records of a client's namespace, for the method that the user called. */
export function watchImages(calls: ClientCalls, method: string, filter: Filter, options: WatchOptions): Watch {
  const { signal, headers = {}, resyncIntervalMs, pollIntervalMs } = options;
  const attempts: AttemptCount = { total: 0 };
  const source = clientSource(calls, method, headers, attempts);
  const settings = { filter, resyncIntervalMs, pollIntervalMs, clock: calls.clock, random: Math.random };
  return new Watch(
    (stopped) => reconcile(source, settings, stopped),
    (cancel) =>
      onCancellation(calls, signal, (cancellation) => cancel(calls.canceledError(method, cancellation, attempts))),
  );
}

/** Subscribes to what cancels a watch, its signal and the end of its client; returns the function that unsubscribes. */
function onCancellation(
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
