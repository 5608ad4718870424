import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient, type Watch } from "../../../src/index.js";
import { makeCertificates } from "../../support/daemon/certificates.js";
import { startDaemon } from "../../support/daemon/daemon.js";
import { startHaproxy } from "../../support/daemon/haproxy.js";
import { startProxy } from "../../support/daemon/proxy.js";
import { isLong } from "../../support/is-long.js";
import { timeToRelease } from "./open-streams.js";
import { until } from "./until.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

describe("a watch through a TLS proxy", () => {
  it("reports changes, connects again after a restart, and closes its stream at the end", async () => {
    const certificates = await makeCertificates();
    await using daemon = await startDaemon("2.x");
    const tls = { server: certificates.server, clientCa: certificates.ca };
    await using proxy = await startProxy(daemon, { tls });
    const { ca, client } = certificates;
    await using images = new ImagesClient({ namespace: "n", address: proxy.address, tls: { ca, ...client } });
    await using direct = new ImagesClient({ namespace: "n", address: daemon.address });
    const watch = images.watch();
    await until(watch, ({ type }) => type === "synced");
    await direct.create({ name: "a", target });
    await until(watch, ({ type }) => type === "created");
    await daemon.restart();
    await direct.delete("a");
    await until(watch, ({ type }) => type === "deleted");
    await direct.create({ name: "b", target });
    await until(watch, ({ type }) => type === "created");
    await watch.return();
    const tookMs = await timeToRelease(daemon);
    assert.ok(tookMs <= 300, `${tookMs} ms`);
  });
});

/** Takes events as they come: a watch reads nothing while its consumer is busy. */
class Consumer {
  readonly #names = new Set<string>();
  #syncedAt = 0;

  async consume(watch: Watch): Promise<void> {
    for await (const { type, image } of watch) {
      if (type === "synced") this.#syncedAt = performance.now();
      if (type === "created") this.#names.add(image.name);
    }
  }

  async syncedSince(sinceMs: number): Promise<void> {
    while (this.#syncedAt <= sinceMs) await sleep(2);
  }

  async created(name: string): Promise<void> {
    while (!this.#names.has(name)) await sleep(2);
  }
}

const RESTARTS = isLong ? 20 : 3;
const AWAY_MS = 1_000;
const BACK_MS = 1_000;

const PROXIES = [
  ["nginx", startProxy],
  ["HAProxy", startHaproxy],
] as const;

for (const [name, start] of isLong ? PROXIES : PROXIES.slice(0, 1)) {
  describe(`a watch through ${name}`, () => {
    it("receives events within a second of the daemon's return, also if it restarts often", async (t) => {
      await using daemon = await startDaemon("2.x");
      await using proxy = await start(daemon);
      await using images = new ImagesClient({ namespace: "n", address: proxy.address });
      await using direct = new ImagesClient({ namespace: "n", address: daemon.address });
      const watch = images.watch();
      const consumer = new Consumer();
      const consumed = consumer.consume(watch);
      const times: number[] = [];
      for (let round = 0; round < RESTARTS; round += 1) {
        await consumer.syncedSince(0);
        daemon.kill("SIGKILL");
        await daemon.exited;
        await sleep(AWAY_MS);
        const startedAt = performance.now();
        await daemon.restart();
        const backAt = performance.now();
        await consumer.syncedSince(startedAt);
        // A list is enough to find the daemon. Only events show soon what happens after it.
        await direct.create({ name: `app:${round}`, target });
        await consumer.created(`app:${round}`);
        times.push(performance.now() - backAt);
      }
      await watch.return();
      await consumed;
      const median = times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.POSITIVE_INFINITY;
      t.diagnostic(`${times.map(Math.round)} ms`);
      assert.ok(median < BACK_MS, `${times.map(Math.round)} ms`);
    });
  });
}
