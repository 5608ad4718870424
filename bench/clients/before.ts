import type { BenchClient, Destination } from "./client.js";
import { open as openLibrary } from "./containerd-images.js";

/** An older version of this library. */
export function open(destination: Destination): Promise<BenchClient> {
  if (destination.before === undefined) throw new Error("there is no older version: see --before in bench/README.md");
  return openLibrary({ ...destination, library: destination.before });
}
