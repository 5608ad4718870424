import type { Clock } from "./clock.js";
import { onAbort } from "./on-abort.js";

/** Resolves after `delayMs`; rejects with the signal's reason as soon as the signal aborts. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stopTimer = clock.after(delayMs, () => {
      unsubscribe();
      resolve();
    });
    const unsubscribe = onAbort(signal, () => {
      unsubscribe();
      stopTimer();
      reject(signal.reason);
    });
  });
}
