import type { ClientCalls } from "../core/client-calls.js";
import type { ImagesError } from "../errors.js";
import type { Filter } from "../filters/index.js";
import { callError } from "../interceptors/to-images-error.js";
import type { WatchOptions } from "../options.js";
import { type Cancellation, cancellationOf } from "../rpc/deadline.js";
import { systemClock } from "../util/clock.js";
import { onAbort } from "../util/on-abort.js";
import { clientSource, type ImageReader } from "./client-source.js";
import { reconcile } from "./reconcile.js";
import { Watch } from "./watch.js";

const CLOSED: Cancellation = { code: "unavailable", message: "the client was closed" };

/** A watch on the records of a client's namespace. */
export function watchImages(images: ImageReader, caller: ClientCalls, filter: Filter, options: WatchOptions): Watch {
  const { signal, headers = {}, ...intervals } = options;
  const source = clientSource(images, caller, filter, headers);
  const { namespace } = caller.settings;
  return new Watch(
    (over) => reconcile(source, { ...intervals, clock: systemClock, random: Math.random }, over),
    (end) => {
      const aborted = () => end(endedError(cancellationOf(signal?.reason), namespace));
      if (signal?.aborted) aborted();
      const stopHearing = signal && onAbort(signal, aborted);
      const forget = caller.onClose(() => end(endedError(CLOSED, namespace)));
      return () => {
        stopHearing?.();
        forget();
      };
    },
  );
}

function endedError({ code, message, cause }: Cancellation, namespace: string): ImagesError {
  return callError(message, {
    code,
    method: "watch",
    namespace,
    attempts: 0,
    outcome: "not-applied",
    cause,
  });
}
