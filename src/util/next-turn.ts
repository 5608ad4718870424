import { setImmediate, setTimeout } from "node:timers";

// Taken when the module is loaded: a test that replaces the timers controls time, and no time passes here.
const schedule = setImmediate;
const later = setTimeout;

/** Runs `action` in the next turn of the event loop, also while a test has replaced the timers. */
export function inNextTurn(action: () => void): void {
  schedule(action);
}

/**
 * Runs `action` when what has already arrived was read, if a timer calls this. After a timer, Bun begins a turn before
 * it reads. Deno may read nothing in any number of turns, unless it has to wait.
 */
export function afterReading(action: () => void): void {
  if (process.versions["deno"]) later(action, 5);
  else schedule(() => schedule(action));
}

/** After this many records of a list, which take some milliseconds, timers and other connections get a turn. */
export const RECORDS_PER_TURN = 1_000;

/** Gives timers and other connections a turn. */
export function nextTurn(): Promise<void> {
  return new Promise(inNextTurn);
}
