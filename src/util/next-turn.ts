import { setImmediate } from "node:timers";

// Taken when the module is loaded: a test that replaces the timers controls time, and no time passes here.
const schedule = setImmediate;

/** Runs `action` in the next turn of the event loop, also while a test has replaced the timers. */
export function inNextTurn(action: () => void): void {
  schedule(action);
}

/** Gives timers and other connections a turn. */
export function nextTurn(): Promise<void> {
  return new Promise(inNextTurn);
}
