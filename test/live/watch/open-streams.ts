import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AwakeClock } from "../../support/awake-clock.js";
import type { Daemon } from "../../support/daemon/daemon.js";

const END = "=== END goroutine stack dump ===";

/** How many event streams a daemon serves at this moment: on SIGUSR1 it logs what its goroutines are doing. */
export async function openStreams(daemon: Daemon): Promise<number> {
  const before = daemon.log().length;
  process.kill(daemon.pid, "SIGUSR1"); // in Deno, `ChildProcess.kill` works only once
  let log = "";
  while (!log.includes(END)) {
    await sleep(2);
    log = daemon.log().slice(before);
  }
  rmSync(join(tmpdir(), `containerd.${daemon.pid}.stacks.log`), { force: true });
  return log.split("_Events_Subscribe_Handler(").length - 1;
}

/** How long it takes until a daemon serves no event stream any more, in milliseconds. */
export async function timeToRelease(daemon: Daemon): Promise<number> {
  using clock = new AwakeClock();
  while ((await openStreams(daemon)) > 0) await sleep(5);
  return clock.now();
}
