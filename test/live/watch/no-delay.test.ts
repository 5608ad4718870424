import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { until } from "./until.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const WRITES = 20;
const HANGING = { timeout: 60_000 };

describe("a watch", () => {
  for (const version of versions) {
    it(`reports every write while no timer ends, on containerd ${version}`, HANGING, async (t) => {
      await using daemon = await startDaemon(version);
      await using images = new ImagesClient({ namespace: "events", address: daemon.address });
      await using watch = images.watch();
      await until(watch, ({ type }) => type === "synced");
      using timers = t.mock.timers;
      timers.enable({ apis: ["setTimeout", "setInterval"] });
      for (let i = 0; i < WRITES; i += 1) {
        const name = `app:${i}`;
        const told = until(watch, ({ image }) => image?.name === name);
        await images.create({ name, target });
        await told;
      }
    });
  }
});
