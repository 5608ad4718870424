import { statSync } from "node:fs";
import type { Clock } from "../../util/clock.js";
import type { Endpoint } from "../endpoint.js";

// A look takes some microseconds. Being told by the system would depend on the file system and on limits.
const LOOK_EVERY_MS = 10;

/**
 * Tells the file of a Unix socket from another one of the same name; `undefined` where there is none, and for a port.
 *
 * A change of its owner or mode, as containerd makes once it listens, leaves it the same file.
 */
export function socketFile(endpoint: Endpoint): string | undefined {
  if (endpoint.kind !== "unix") return undefined;
  try {
    const { dev, ino, birthtimeMs } = statSync(endpoint.path);
    return `${dev} ${ino} ${birthtimeMs}`;
  } catch {
    return undefined;
  }
}

/** Runs `action` once there is a file and it is another one than `known`; the result stops looking. */
export function onceReplaced(
  endpoint: Endpoint,
  known: string | undefined,
  clock: Clock,
  action: () => void,
): () => void {
  const look = () => {
    const file = socketFile(endpoint);
    if (file !== undefined && file !== known) action();
    else stop = clock.after(LOOK_EVERY_MS, look);
  };
  let stop = clock.after(LOOK_EVERY_MS, look);
  return () => stop();
}
