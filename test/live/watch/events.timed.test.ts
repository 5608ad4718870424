import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { until } from "./until.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const WRITES = 20;

describe("a watch", () => {
  for (const version of versions) {
    it(`reports a write within 50 ms, on containerd ${version}`, async (t) => {
      await using daemon = await startDaemon(version);
      await using images = new ImagesClient({ namespace: "events", address: daemon.address });
      await using watch = images.watch();
      await until(watch, ({ type }) => type === "synced");
      const delays: number[] = [];
      for (let i = 0; i < WRITES; i += 1) {
        const name = `app:${i}`;
        const start = performance.now();
        const told = until(watch, ({ image }) => image?.name === name);
        await images.create({ name, target });
        await told;
        delays.push(performance.now() - start);
      }
      const median = delays.toSorted((a, b) => a - b)[WRITES >> 1] ?? 0;
      t.diagnostic(`told ${median.toFixed(1)} ms (median) after the write began`);
      assert.ok(median <= 50, `${median} ms`);
    });
  }
});
