import { statSync } from "node:fs";
import type { Clock } from "../../util/clock.js";

// Looking takes some microseconds. Notifications of the system would depend on the file system and on limits.
const LOOK_EVERY_MS = 10;

/**
 * Identifies the file at this path: another file of the same name has another identity; `undefined` where there is none.
 *
 * A new owner or mode, which containerd sets once it listens, does not change the identity.
 */
export function identifyFile(path: string): string | undefined {
  try {
    const { dev, ino, birthtimeMs } = statSync(path);
    return `${dev} ${ino} ${birthtimeMs}`;
  } catch {
    return undefined;
  }
}

/** Runs `action` once there is a file and it is another one than `known`; the result stops looking. */
export function onceReplaced(path: string, known: string | undefined, clock: Clock, action: () => void): () => void {
  const look = () => {
    const file = identifyFile(path);
    if (file !== undefined && file !== known) action();
    else stop = clock.after(LOOK_EVERY_MS, look);
  };
  let stop = clock.after(LOOK_EVERY_MS, look);
  return () => stop();
}
