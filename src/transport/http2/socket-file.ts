import { statSync } from "node:fs";
import type { Clock } from "../../util/clock.js";

// Reading the file's identity takes some microseconds. File notifications would depend on the file system, and the
// system limits their number.
const CHECK_EVERY_MS = 10;

/**
 * Returns an identity of the file at this path. A new file with the same name has another identity. `undefined` if
 * there is no file.
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

/** Runs `action` as soon as there is a file with another identity than `known`. The result stops the checks. */
export function onceReplaced(path: string, known: string | undefined, clock: Clock, action: () => void): () => void {
  const check = () => {
    const file = identifyFile(path);
    if (file !== undefined && file !== known) action();
    else stop = clock.after(CHECK_EVERY_MS, check);
  };
  let stop = clock.after(CHECK_EVERY_MS, check);
  return () => stop();
}
