import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Stops a process with SIGSTOP. Resolves when none of its threads runs any more; until then it may still respond. */
export async function freeze(process: { readonly pid: number; kill(signal: NodeJS.Signals): void }): Promise<void> {
  process.kill("SIGSTOP");
  while (!isStopped(process.pid)) await sleep(1);
}

function isStopped(pid: number): boolean {
  // The state follows the command, which is in parentheses and may hold anything.
  const stateOf = (thread: string) => /\) (\S)/.exec(readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8"))?.[1];
  return readdirSync(`/proc/${pid}/task`).every((thread) => stateOf(thread) === "T");
}
