import { lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Clock } from "../../util/clock.js";
import { isSystemError } from "../system-error.js";

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

/** The folder, or the link to one, above this file that this user may not enter; `undefined` if there is none. */
export function closedFolder(path: string): string | undefined {
  const closed = pathsTo(path).find((place) => isDenied(() => statSync(place)));
  if (closed === undefined) return undefined;
  return isDenied(() => lstatSync(closed)) ? dirname(closed) : closed;
}

/** `/a`, `/a/b` and `/a/b/c` for `/a/b/c`. */
function pathsTo(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, at) => `/${parts.slice(0, at + 1).join("/")}`);
}

function isDenied(look: () => unknown): boolean {
  try {
    look();
    return false;
  } catch (error) {
    return isSystemError(error) && error.code === "EACCES";
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
