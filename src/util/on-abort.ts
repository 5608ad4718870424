interface Listeners {
  readonly all: Set<() => void>;
  /** The one listener that the signal itself has. */
  readonly aborted: () => void;
}

const listenersOf = new WeakMap<AbortSignal, Listeners>();

/**
 * Runs `listener` when the signal aborts; returns the function that unsubscribes it.
 *
 * One signal may end thousands of calls. It gets one listener for all of them, because Node warns of a leak from eleven
 * on, and searches all of them to remove one.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const listeners = listenersOf.get(signal) ?? noListeners(signal);
  if (listeners.all.size === 0) signal.addEventListener("abort", listeners.aborted);
  listeners.all.add(listener);
  return () => {
    listeners.all.delete(listener);
    if (listeners.all.size === 0) leave(signal, listeners.aborted);
  };
}

// A signal of another kind may throw. It is left when a call ends, also by a timer, and that must not fail.
function leave(signal: AbortSignal, aborted: () => void): void {
  try {
    signal.removeEventListener("abort", aborted);
  } catch {}
}

function noListeners(signal: AbortSignal): Listeners {
  const all = new Set<() => void>();
  const aborted = () => {
    for (const listener of all) listener();
  };
  const listeners = { all, aborted };
  listenersOf.set(signal, listeners);
  return listeners;
}
