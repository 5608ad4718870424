import { statSync } from "node:fs";
import type { Clock } from "../../wire/clock.js";

// A look takes some microseconds. Being told by the system would depend on the file system and on limits.
const LOOK_EVERY_MS = 10;

/** Tells a file from another one of the same name; `undefined` while there is none. */
export function fileIdentity(path: string): string | undefined {
  try {
    const { ino, ctimeMs } = statSync(path);
    return `${ino} ${ctimeMs}`;
  } catch {
    return undefined;
  }
}

/** Runs `action` once there is a file at `path` and it is another one than `known`; the result stops looking. */
export function onceReplaced(path: string, known: string | undefined, clock: Clock, action: () => void): () => void {
  const look = () => {
    const identity = fileIdentity(path);
    if (identity !== undefined && identity !== known) action();
    else stop = clock.after(LOOK_EVERY_MS, look);
  };
  let stop = clock.after(LOOK_EVERY_MS, look);
  return () => stop();
}
