import { setImmediate as turn } from "node:timers/promises";
import type { ManualClock } from "../../support/manual-clock.js";

/** Lets time pass, and lets the system complete connections in the meantime. */
export async function pass(clock: ManualClock, ms: number, stepMs = 10): Promise<void> {
  for (let i = 0; i < ms; i += stepMs) {
    for (let n = 0; n < 4; n += 1) await turn();
    await clock.advance(stepMs);
  }
  for (let n = 0; n < 4; n += 1) await turn();
}
