import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { bundled } from "../../support/programs/bundled.js";
import { faketime } from "./faketime.js";
import type { Verdict } from "./play.js";
import type { Scene } from "./scene.js";
import { Tally } from "./tally.js";

const LANE = fileURLToPath(new URL("lane.ts", import.meta.url));

export interface PlayOptions {
  /** Whether the whole process has another time, by libfaketime, and not only `Date.now`. */
  readonly usesFaketime?: boolean | undefined;
  /** Told of each scene as it ends. */
  readonly told?: ((verdict: Verdict) => void) | undefined;
}

/** Plays scenes, those of each place in a process of its own, and gives what they came to. */
export async function playAll(scenes: readonly Scene[], options: PlayOptions = {}): Promise<Tally> {
  const tally = new Tally();
  const { usesFaketime = false, told } = options;
  const add = (verdict: Verdict) => {
    tally.add(verdict);
    told?.(verdict);
  };
  const play = usesFaketime ? playLaneWithFaketime : playLane;
  await Promise.all([...byPlace(scenes).values()].map((some) => play(some, add)));
  return tally;
}

async function playLaneWithFaketime(scenes: readonly Scene[], told: (verdict: Verdict) => void): Promise<void> {
  using clock = await faketime();
  await playLane(scenes, told, clock.env);
}

async function playLane(
  scenes: readonly Scene[],
  told: (verdict: Verdict) => void,
  clock: NodeJS.ProcessEnv = {},
): Promise<void> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env; // the lane is no test
  const execArgv = ["--enable-source-maps"];
  const lane = fork(await bundled(LANE), { execArgv, env: { ...env, ...clock } });
  lane.on("message", (verdict: Verdict) => told(verdict));
  lane.send(scenes);
  const [code] = await once(lane, "exit");
  if (code !== 0) throw new Error(`the lane of ${scenes[0]?.version} ended with ${code}`);
}

function byPlace(scenes: readonly Scene[]): Map<string, Scene[]> {
  const places = new Map<string, Scene[]>();
  for (const scene of scenes) {
    const place = `${scene.version} ${scene.hasCri}`;
    places.set(place, [...(places.get(place) ?? []), scene]);
  }
  return places;
}
