import { setImmediate as turn } from "node:timers/promises";
import { Deadline } from "../../src/rpc/deadline.js";
import type { Clock } from "../../src/util/clock.js";

/** Whether a deadline that begins now passes; `advance` lets its time pass. */
export async function passes(timeoutMs: number, advance: () => unknown, clock?: Clock): Promise<boolean> {
  const deadline = new Deadline({ timeoutMs, signal: undefined }, clock);
  let hasPassed = false;
  deadline.onCancel({
    canceled: () => {
      hasPassed = true;
    },
  });
  await advance();
  // On a busy machine, a timer of Node can be so late that its deadlines first wait for two turns of the event loop.
  for (const _ of ["one", "two"]) await turn();
  deadline.release();
  return hasPassed;
}
