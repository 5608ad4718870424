import { statSync } from "node:fs";
import type { Clock } from "../../util/clock.js";

// A look takes some microseconds. Being told by the system would depend on the file system and on limits.
const LOOK_EVERY_MS = 10;

/**
 * Tells the file of a Unix socket from another one of the same name; `undefined` where there is none.
 *
 * A change of its owner or mode, as containerd makes once it listens, leaves it the same file.
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
