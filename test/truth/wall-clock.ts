const realNow = Date.now;
const HOUR = 3_600_000;

let offsetMs = 0;

Date.now = () => realNow() + offsetMs;

/** What this process takes for the time, against the machine's; the daemon has the machine's. */
export function setWallClock(ms: number): void {
  offsetMs = ms;
}

/** The machine's time, whatever this process takes it for. */
export function machineNow(): number {
  return realNow();
}

/** How far a scene's clock is off, before and after its fault. */
export const offsets = {
  true: [0, 0],
  "ahead-5s": [5_000, 5_000],
  "behind-5s": [-5_000, -5_000],
  "ahead-1h": [HOUR, HOUR],
  "behind-1h": [-HOUR, -HOUR],
  "steps-ahead": [0, 5_000],
  "steps-behind": [0, -5_000],
} as const;
