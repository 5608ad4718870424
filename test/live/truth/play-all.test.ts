import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { knownScenes } from "./known-scenes.js";
import { playAll } from "./play-all.js";
import type { Scene } from "./scene.js";

describe("a lane that fails", () => {
  it("names its scene, and gives the whole error", async () => {
    const [scene] = knownScenes;
    assert.ok(scene);
    const version = "no version" as Scene["version"]; // there is no such daemon
    const { failures, scenes } = await playAll([{ ...scene, version }]);
    assert.equal(scenes, 0);
    const [failure = ""] = failures;
    assert.match(failure, new RegExp(`the lane of no version ended with 1 in the scene seed ${scene.seed};`));
    assert.match(failure, /Error: .*\n(?:.*\n)* +at .*buildStage \(.*stage\.ts:/);
  });
});
