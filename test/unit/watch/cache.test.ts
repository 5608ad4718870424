import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImageCache } from "../../../src/watch/cache.js";
import { FakeServer, failure } from "./fake-server.js";
import { watching } from "./harness.js";

const SUBSCRIBE_SETTLE_MS = 50;
const RESYNC_MS = 1_000;

describe("the time of the last full list", () => {
  it("moves on with every list, and stays where it is while lists fail", async () => {
    const server = new FakeServer();
    const { clock, watch } = watching(server, { resyncIntervalMs: RESYNC_MS });
    await using cache = new ImageCache(watch, "n", clock);
    const syncedAtMs = () => cache.lastSyncedAt?.getTime();
    assert.equal(syncedAtMs(), undefined);
    await clock.advance(SUBSCRIBE_SETTLE_MS);
    assert.equal(syncedAtMs(), SUBSCRIBE_SETTLE_MS);
    await clock.advance(2 * RESYNC_MS);
    assert.equal(syncedAtMs(), SUBSCRIBE_SETTLE_MS + 2 * RESYNC_MS);
    server.list = () => Promise.reject(failure("unavailable"));
    await clock.advance(10 * RESYNC_MS);
    assert.equal(syncedAtMs(), SUBSCRIBE_SETTLE_MS + 2 * RESYNC_MS);
  });
});
