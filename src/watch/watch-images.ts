import type { ClientCalls } from "../core/client-calls.js";
import { onCancellation } from "../core/on-cancellation.js";
import type { Filter } from "../filters/index.js";
import type { WatchOptions } from "../options.js";
import type { AttemptCount } from "../rpc/call.js";
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
