import { readFileSync } from "node:fs";
import { kill } from "node:process";
import type { ServerProcess } from "./server-process.js";

/**
 * Kills everything that `unshare --pid` has started: with the first process of a namespace, all others end, and unshare
 * ends after the last. If unshare were killed itself, the others would end a moment later, and their ports would still
 * accept connections meanwhile.
 */
export async function killAll(server: ServerProcess): Promise<void> {
  if (server.alive()) for (const first of childrenOf(server.pid)) kill(first, "SIGKILL");
  await server.exited;
}

/** {@link killAll}, and removes what the server has written. */
export async function stopAll(server: ServerProcess): Promise<void> {
  await killAll(server);
  server.discard();
}

/** The ids of the processes that a process has started and that have not ended. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}
