import assert from "node:assert/strict";
import { it } from "node:test";
import { isLong } from "../../support/is-long.js";
import { playAll } from "./play-all.js";
import { sshSceneOf } from "./scene.js";

// Another seed plays other scenes.
const SEED = Number(process.env["SEED"] ?? 0);
const SCENES = isLong ? 1_200 : 8;
const VERSIONS = isLong ? (["1.6", "1.7", "2.x"] as const) : (["2.x"] as const);

it(`no call over ssh tells a lie while ssh is killed and stopped, from scene ${SEED} on`, async (t) => {
  const scenes = Array.from({ length: SCENES }, (_, index) =>
    sshSceneOf(SEED + index, VERSIONS[index % VERSIONS.length] ?? "2.x"),
  );
  const tally = await playAll(scenes);
  t.diagnostic(tally.summary());
  assert.equal(tally.failures.length, 0, tally.failures.join("\n"));
  assert.ok(tally.faulty > tally.scenes / 2, `too little happened: ${tally.summary()}`);
  assert.equal(tally.lies.length, 0, tally.transcripts(5));
});
