import assert from "node:assert/strict";
import { it } from "node:test";
import { isLong } from "../../support/is-long.js";
import { knownScenes } from "./known-scenes.js";
import { playAll } from "./play-all.js";
import { clockSceneOf, connectRoutes, leaseSceneOf, pairs, sceneOf, sceneOver } from "./scene.js";

// Another seed plays other scenes; `npm run test:truth -- scene NUMBER` plays one of them again.
const SEED = Number(process.env["SEED"] ?? 0);
/** One of so many pairs of method and fault is played; 5 does not divide the methods, so each meets many faults. */
const STRIDE = isLong ? 1 : 5;
/** One of so many scenes is played with leases, with a daemon's clock that is set, and over Connect's router, too. */
const SOME = isLong ? 13 : 26;

it(`no call tells a lie, from scene ${SEED} on`, async (t) => {
  const seeds = (stride: number) => Array.from({ length: pairs / stride }, (_, index) => SEED + index * stride);
  const tally = await playAll([
    ...knownScenes,
    ...seeds(STRIDE).map(sceneOf),
    ...seeds(SOME).map(leaseSceneOf),
    ...seeds(SOME).map(clockSceneOf),
    ...seeds(SOME).map((seed, index) => sceneOver(connectRoutes[index % connectRoutes.length] ?? "connect", seed)),
  ]);
  t.diagnostic(tally.summary());
  assert.equal(tally.failures.length, 0, tally.failures.join("\n"));
  assert.ok(
    tally.faulty > tally.scenes / 2 && tally.acted > tally.scenes / 3,
    `too little happened: ${tally.summary()}`,
  );
  assert.equal(tally.lies.length, 0, tally.transcripts(5));
});
