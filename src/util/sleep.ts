import type { Clock } from "./clock.js";
import { onAbort } from "./on-abort.js";

/** Resolves after `delayMs`; rejects with the signal's reason as soon as the signal aborts. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return sleepUnless(clock, delayMs, (interrupt) => onAbort(signal, () => interrupt(signal.reason)));
}

/**
 * Resolves after `delayMs`; rejects as soon as it is interrupted. `subscribe` receives the function that interrupts,
 * and returns the function that unsubscribes it.
 */
export function sleepUnless(
  clock: Clock,
  delayMs: number,
  subscribe: (interrupt: (reason: unknown) => void) => () => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopTimer = clock.after(delayMs, () => {
      unsubscribe();
      resolve();
    });
    const unsubscribe = subscribe((reason) => {
      unsubscribe();
      stopTimer();
      reject(reason);
    });
  });
}
