import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { field, ImagesClient } from "../../../src/index.js";
import { type Daemon, startDaemon, versions } from "../../support/daemon/daemon.js";
import { until } from "./until.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

for (const version of versions) {
  describe(`a watch on containerd ${version}`, () => {
    let daemon: Daemon;
    let images: ImagesClient;
    before(async () => {
      daemon = await startDaemon(version);
      images = new ImagesClient({ namespace: "events", address: daemon.address });
    });
    after(async () => {
      await images.close();
      await daemon.stop();
    });

    it("reports every write that comes right after synced", async () => {
      for (let round = 0; round < 10; round += 1) {
        await using watch = images.watch();
        await until(watch, ({ type }) => type === "synced");
        await images.create({ name: `fresh:${round}`, target });
        await until(watch, ({ image }) => image?.name === `fresh:${round}`);
      }
    });

    it("reports a record as created when its filter begins to match, and as deleted when it no longer matches", async () => {
      const prod = field.label("env").equals("prod");
      await using watch = images.watch(prod);
      assert.equal((await watch.next()).value?.type, "synced");
      await images.create({ name: "moved", target, labels: { env: "dev" } });
      await images.update("moved", { labels: { env: "prod" } });
      assert.equal((await watch.next()).value?.type, "created");
      await images.update("moved", { labels: { env: null } });
      assert.equal((await watch.next()).value?.type, "deleted");
      await images.delete("moved");
    });

    it("reads its events while its consumer is busy", async (t) => {
      await using watch = images.watch();
      await until(watch, ({ type }) => type === "synced");
      await images.create({ name: "large", target });
      const before = heap(daemon);
      const filler = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`filler-${i}`, "x".repeat(4_000)]));
      // 19 MB of events, which the daemon would keep for a subscriber that does not read them.
      for (let i = 0; i < 400; i += 1) await images.update("large", { labels: { ...filler, i: `${i}` } });
      await sleep(100);
      const grown = (heap(daemon) - before) / 2 ** 20;
      t.diagnostic(`the daemon grew by ${grown.toFixed()} MiB`);
      assert.ok(grown < 18);
    });
  });
}

/** Memory of a process that is not a mapped file, in bytes. */
function heap({ pid }: Daemon): number {
  const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1024;
}
