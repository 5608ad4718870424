import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ImagesClient, type Watch } from "../../../src/index.js";
import { type Daemon, startDaemon, versions } from "../../support/daemon/daemon.js";
import { endings } from "./ending.js";
import { openStreams, timeToRelease } from "./open-streams.js";
import { until } from "./until.js";

const RELEASE_MS = 300;

for (const version of versions) {
  describe(`a watch on containerd ${version}`, () => {
    let daemon: Daemon;
    before(async () => {
      daemon = await startDaemon(version);
    });
    after(() => daemon.stop());

    for (const [name, end] of Object.entries(endings)) {
      it(`closes its stream after ${name}`, async () => {
        await using images = new ImagesClient({ namespace: "release", address: daemon.address });
        const stop = new AbortController();
        const watch = images.watch(undefined, { signal: stop.signal });
        await synced(watch);
        assert.equal(await openStreams(daemon), 1);
        await end({ watch, stop, images });
        const tookMs = await timeToRelease(daemon);
        assert.ok(tookMs <= RELEASE_MS, `${tookMs} ms`);
      });
    }

    it("has one stream at a time, whatever happened before", async () => {
      await using images = new ImagesClient({ namespace: "release", address: daemon.address });
      const watch = images.watch();
      await synced(watch);
      for (let round = 0; round < 3; round += 1) {
        await daemon.restart();
        await synced(watch);
        assert.equal(await openStreams(daemon), 1);
      }
      await watch.return();
      await timeToRelease(daemon);
    });
  });
}

function synced(watch: Watch): Promise<void> {
  return until(watch, ({ type }) => type === "synced");
}
