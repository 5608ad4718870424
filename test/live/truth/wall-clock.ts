import { renameSync, writeFileSync } from "node:fs";

const HOUR = 3_600_000;

/** Where libfaketime reads how far the clock of this process is off, in a process that has it. */
const offsetFile = process.env["FAKETIME_TIMESTAMP_FILE"];
const clockNow = Date.now;

let offsetMs = 0;
if (offsetFile === undefined) Date.now = () => clockNow() + offsetMs;

/** What this process takes for the time, against the machine's; the daemon has the machine's. */
export function setWallClock(ms: number): void {
  offsetMs = ms;
  if (offsetFile !== undefined) write(offsetFile, `${ms < 0 ? "" : "+"}${ms / 1_000}`);
}

// At once, because other threads ask for the time too.
function write(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** The machine's time, whatever this process takes it for. */
export function machineNow(): number {
  return Date.now() - offsetMs;
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
