// A process of its own: plays the scenes of one place, one after the other, with a wall clock that no other scene sees.
import { once } from "node:events";
import { inspect } from "node:util";
import { play } from "./play.js";
import type { FromLane } from "./play-all.js";
import type { Scene } from "./scene.js";
import { buildStage } from "./stage.js";

process.on("disconnect", () => process.exit());
// Also an error of which nobody else hears.
process.on("uncaughtException", (error) => {
  void tell({ error: inspect(error, { depth: 5 }) }).finally(() => process.exit(1));
});
const [scenes] = (await once(process, "message")) as [readonly Scene[]]; // what `playAll` sends
process.channel?.ref(); // all else here lets the process end
const [first] = scenes;
if (first !== undefined) {
  await using stage = await buildStage(first, new Set(scenes.map(({ route }) => route)));
  for (const scene of scenes) await tell({ verdict: await play(scene, stage) });
}
process.disconnect();

/** Resolves when it is sent: what still waits for a busy parent is lost when this process disconnects. */
function tell(message: FromLane): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, undefined, undefined, (error) => (error === null ? resolve() : reject(error)));
  });
}
