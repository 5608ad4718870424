import { ManualClock } from "../../support/manual-clock.js";

/** Time passes, but no timer runs: the process stands still, or is busy. */
export class LateClock extends ManualClock {
  passedMs = 0;

  override now(): number {
    return super.now() + this.passedMs;
  }
}
