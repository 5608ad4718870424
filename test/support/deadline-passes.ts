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
  deadline.release();
  return hasPassed;
}
