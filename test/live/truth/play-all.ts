import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { bundled } from "../../support/programs/bundled.js";
import { faketime } from "./faketime.js";
import type { Verdict } from "./play.js";
import { type Scene, titleOf } from "./scene.js";
import { Tally } from "./tally.js";

const LANE = fileURLToPath(new URL("lane.ts", import.meta.url));

export interface PlayOptions {
  /** Whether the whole process has another time, by libfaketime, and not only `Date.now`. */
  readonly usesFaketime?: boolean | undefined;
  /** Told of each scene as it ends. */
  readonly told?: ((verdict: Verdict) => void) | undefined;
}

/** What a lane sends: what a scene came to, or the error that ends the lane. */
export type FromLane = { readonly verdict: Verdict } | { readonly error: string };

/**
 * Plays scenes, those of each place in a process of its own, and gives what they came to. Where such a process fails,
 * the others play on.
 */
export async function playAll(scenes: readonly Scene[], options: PlayOptions = {}): Promise<Tally> {
  const tally = new Tally();
  const { usesFaketime = false, told } = options;
  const add = (verdict: Verdict) => {
    tally.add(verdict);
    told?.(verdict);
  };
  const play = usesFaketime ? playLaneWithFaketime : playLane;
  const lanes = [...byPlace(scenes).values()].map((some) =>
    play(some, add).catch((error: unknown) => tally.fail(inspect(error))),
  );
  await Promise.all(lanes);
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
  let played = 0;
  let said = "";
  lane.on("message", (message: FromLane) => {
    if ("error" in message) said = message.error;
    else {
      played += 1;
      told(message.verdict);
    }
  });
  lane.send(scenes, () => {}); // its end says more than that it could not be told
  // What it has sent may come after its end, but not after the end of the connection.
  const [[code, signal]] = await Promise.all([once(lane, "exit"), once(lane, "disconnect")]);
  if (code === 0 && played === scenes.length) return;
  const next = scenes[played];
  const where = next === undefined ? "after its last scene" : `in the scene ${titleOf(next)}`;
  throw new Error(`the lane of ${scenes[0]?.version} ended with ${code ?? signal} ${where}\n${said}`);
}

function byPlace(scenes: readonly Scene[]): Map<string, Scene[]> {
  const places = new Map<string, Scene[]>();
  for (const scene of scenes) {
    const place = `${scene.version} ${scene.hasCri}`;
    places.set(place, [...(places.get(place) ?? []), scene]);
  }
  return places;
}
