import assert from "node:assert/strict";
import { kill } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { ImagesClient } from "../../../src/index.js";
import { Random } from "../../support/random.js";
import { type ChaosReport, type Disturbed, isEnough, workDuring } from "../chaos/chaos.js";

export interface WatchedWorkOptions {
  /** The processes that carry the connection now. */
  readonly processes: () => readonly number[];
  readonly seed: number;
  readonly durationMs: number;
  /** How long a process is stopped at most. */
  readonly longestStopMs: number;
}

const WORKERS = 8;
const WATCH_TIMEOUT_MS = 10_000;
const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${"b".repeat(64)}`, size: 1 };

/**
 * Kills and stops the processes below a connection while workers write and read and a watch runs. Asserts that every
 * outcome is true, that no read fails, that calls succeed afterwards, and that the watch sees a change after it all.
 */
export async function watchedWork(images: ImagesClient, options: WatchedWorkOptions): Promise<void> {
  const { seed, durationMs } = options;
  const last = "example.com/last:1";
  const watching = seesCreated(images, last);
  const report = await workDuring(images, { workers: WORKERS, durationMs, seed }, (run) =>
    disturb(options, run, new Random(seed)),
  );
  assertTrue(report);
  await images.create({ name: last, target });
  await watching.seen;
}

function assertTrue(report: ChaosReport): void {
  const details = `${report.complaints.slice(0, 10).join("\n")}\n${JSON.stringify(report)}`;
  assert.equal(report.impossibleStates, 0, details);
  assert.equal(report.failedReads, 0, details);
  assert.equal(report.overdueCalls, 0, details);
  assert.equal(report.failedWrites, report.unknownWrites, details);
  assert.ok(isEnough(report), `too little happened: ${details}`);
}

/** Watches all records from now on until the record is there; it may miss nothing. */
function seesCreated(images: ImagesClient, name: string): { readonly seen: Promise<void> } {
  const watch = images.watch();
  const look = async () => {
    for await (const { type, image } of watch) if (type === "created" && image.name === name) return true;
    return false;
  };
  const found = look();
  found.catch(() => undefined); // reported below
  const late = async () => {
    await sleep(WATCH_TIMEOUT_MS, undefined, { ref: false });
    await watch.return();
    return false;
  };
  return {
    get seen() {
      return Promise.race([found, late()]).then((isSeen) => assert.ok(isSeen, `the watch did not see ${name}`));
    },
  };
}

async function disturb(
  { processes, longestStopMs }: WatchedWorkOptions,
  run: Disturbed,
  random: Random,
): Promise<void> {
  while (!run.isOver) {
    await sleep(random.between(150, 600));
    const [first, ...others] = processes();
    // Kills in rapid succession would let no connection be made at all.
    if (first === undefined || !run.hasRecovered) continue;
    const pid = random.pick([first, ...others]);
    run.disturbed();
    if (random.chance(0.5)) signal(pid, "SIGKILL");
    else await stopFor(pid, random.between(50, longestStopMs), random.chance(0.5));
    run.daemonIsBack();
  }
}

/** Lets a process do nothing for a while, as a network that loses all packets, and then perhaps ends it. */
async function stopFor(pid: number, timeMs: number, endsIt: boolean): Promise<void> {
  signal(pid, "SIGSTOP");
  await sleep(timeMs);
  signal(pid, endsIt ? "SIGKILL" : "SIGCONT");
}

/** Sends a signal to a process that may have ended by itself. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
