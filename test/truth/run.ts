// `npm run test:truth [-- COUNT [FIRST]]`: many scenes. `npm run test:truth -- scene SEED`: one, with its transcript.
import { knownScenes } from "./known-scenes.js";
import { playAll } from "./play-all.js";
import { type Scene, sceneOf } from "./scene.js";

const [what = "20000", first = "0"] = process.argv.slice(2);
const isOne = what === "scene";

const tally = await playAll(isOne ? [sceneOfAny(Number(first))] : scenes(Number(what), Number(first)), (verdict) => {
  if (isOne) console.log(verdict.transcript.join("\n"));
});
if (!isOne) console.log(`${tally.transcripts()}\n\n${tally.table()}\n`);
console.log(tally.summary());
process.exitCode = tally.lies.length === 0 ? 0 : 1;

function scenes(count: number, from: number): Scene[] {
  return [...knownScenes, ...Array.from({ length: count }, (_, index) => sceneOf(from + index))];
}

function sceneOfAny(seed: number): Scene {
  return seed < 0 ? (knownScenes[-1 - seed] ?? sceneOf(0)) : sceneOf(seed);
}
