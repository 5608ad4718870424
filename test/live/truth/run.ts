// npm run test:truth [-- COUNT [FIRST]]   many scenes, from a seed on
// npm run test:truth -- scene SEED        one of them, with all that happened in it
// npm run test:truth -- leases|clocks COUNT [FIRST]   scenes with a lease, or with a daemon whose clock is set
// npm run test:truth -- over ROUTE COUNT [FIRST]      scenes over one route, as `connect-json`
// npm run test:truth -- fault TITLE       those in which the library once lied in one way
import { wholeNumber } from "../../support/whole-number.js";
import { knownScenes, scenesOfFault } from "./known-scenes.js";
import type { Verdict } from "./play.js";
import { playAll } from "./play-all.js";
import { clockSceneOf, connectRoutes, leaseSceneOf, routes, type Scene, sceneOf, sceneOver } from "./scene.js";

const [what = "20000", which = "0", first = "0", last = "0"] = process.argv.slice(2);

const isOne = what === "scene";
const told = ({ transcript }: Verdict) => isOne && console.log(transcript.join("\n"));
const chosen = scenes();
if (chosen.length === 0) throw new Error("these arguments choose no scene");
const tally = await playAll(chosen, { usesFaketime: true, told });
if (!isOne) console.log(`${tally.transcripts()}\n\n${tally.table()}\n`);
console.log([tally.summary(), ...tally.failures].join("\n\n"));
process.exitCode = tally.lies.length + tally.failures.length === 0 ? 0 : 1;

function scenes(): readonly Scene[] {
  switch (what) {
    case "scene":
      return [knownScenes.find(({ seed }) => seed === wholeNumber(which)) ?? sceneOf(wholeNumber(which))];
    case "leases":
      return series(which, first, leaseSceneOf);
    case "clocks":
      return series(which, first, clockSceneOf);
    case "over":
      return series(first, last, (seed) => sceneOver(routeOf(which), seed));
    case "fault":
      return scenesOf(which);
    default:
      return [...knownScenes, ...series(what, which, sceneOf)];
  }
}

function series(count: string, from: string, scene: (seed: number) => Scene): readonly Scene[] {
  const start = wholeNumber(from);
  return Array.from({ length: wholeNumber(count) }, (_, index) => scene(start + index));
}

function scenesOf(fault: string): readonly Scene[] {
  const found = Object.entries(scenesOfFault).find(([title]) => title === fault);
  if (found === undefined)
    throw new Error(`there is no such fault; there are: ${Object.keys(scenesOfFault).join(", ")}`);
  return found[1];
}

function routeOf(name: string) {
  const all = [...routes, ...connectRoutes];
  const found = all.find((route) => route === name);
  if (found === undefined) throw new Error(`there is no such route; there are: ${all.join(", ")}`);
  return found;
}
