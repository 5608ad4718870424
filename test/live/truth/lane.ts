// A process of its own: plays the scenes of one place, one after the other, with a wall clock that no other scene sees.
import { once } from "node:events";
import { play } from "./play.js";
import { isOverSsh, type Scene } from "./scene.js";
import { buildStage } from "./stage.js";

process.on("disconnect", () => process.exit());
const [scenes] = (await once(process, "message")) as [readonly Scene[]]; // what `playAll` sends
process.channel?.ref(); // all else here lets the process end
const [first] = scenes;
if (first !== undefined) {
  await using stage = await buildStage(
    first,
    scenes.some(({ route }) => isOverSsh(route)),
  );
  for (const scene of scenes) process.send?.(await play(scene, stage));
}
process.disconnect();
