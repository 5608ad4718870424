// npm run test:truth [-- COUNT [FIRST]]   many scenes, from a seed on
// npm run test:truth -- scene SEED        one of them, with all that happened in it
// npm run test:truth -- leases|clocks COUNT [FIRST]   scenes with a lease, or with a daemon whose clock is set
// npm run test:truth -- fault TITLE       those in which the library once lied in one way
import { knownScenes, scenesOfFault } from "./known-scenes.js";
import type { Verdict } from "./play.js";
import { playAll } from "./play-all.js";
import { clockSceneOf, leaseSceneOf, type Scene, sceneOf } from "./scene.js";

const [what = "20000", which = "0", first = "0"] = process.argv.slice(2);

const isOne = what === "scene";
const told = ({ transcript }: Verdict) => isOne && console.log(transcript.join("\n"));
const tally = await playAll(scenes(), { usesFaketime: true, told });
if (!isOne) console.log(`${tally.transcripts()}\n\n${tally.table()}\n`);
console.log(tally.summary());
process.exitCode = tally.lies.length === 0 ? 0 : 1;

function scenes(): readonly Scene[] {
  switch (what) {
    case "scene":
      return [knownScenes.find(({ seed }) => seed === Number(which)) ?? sceneOf(Number(which))];
    case "leases":
      return Array.from({ length: Number(which) }, (_, index) => leaseSceneOf(Number(first) + index));
    case "clocks":
      return Array.from({ length: Number(which) }, (_, index) => clockSceneOf(Number(first) + index));
    case "fault":
      return Object.entries(scenesOfFault).find(([title]) => title === which)?.[1] ?? [];
    default:
      return [...knownScenes, ...Array.from({ length: Number(what) }, (_, index) => sceneOf(Number(which) + index))];
  }
}
