import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ImagesClient } from "../../../src/index.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { proxyKinds, type StartedProxy } from "./proxies.js";

const ROUNDS = isLong ? 30 : 2;
const PATIENCE_MS = 10_000;
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

/** How long nothing happens: several times what the proxy allows. */
const SILENCE_MS = 400;

describe("a watch through a proxy", () => {
  let daemon: Daemon;

  before(async () => {
    daemon = await startDaemon("2.x");
  });
  after(() => daemon.stop());

  for (const { title, start, shortTimeout, shortReload } of proxyKinds) {
    it(`that is silent for longer than ${title} allows comes back, and misses nothing`, async () => {
      await using proxy = await start(daemon, shortTimeout);
      await seesAll(`${title} silence`, proxy, () => sleep(SILENCE_MS));
    });

    it(`continues when ${title} is reloaded, and misses nothing`, async () => {
      await using proxy = await start(daemon, shortReload);
      await seesAll(`${title} reload`, proxy, async () => {
        await proxy.reload();
        await sleep(SILENCE_MS);
      });
    });

    it(`sees an event through ${title} while nothing follows: it is not buffered`, async () => {
      await using proxy = await start(daemon);
      await seesAll(`${title} at once`, proxy, async () => undefined);
    });
  }

  /** Creates records, one before and one right after each disturbance, and waits until the watch has seen each. */
  async function seesAll(title: string, proxy: StartedProxy, disturb: () => Promise<void>): Promise<void> {
    const namespace = title.replaceAll(" ", "-");
    await using images = new ImagesClient({ namespace, ...proxy.options });
    await using direct = new ImagesClient({ namespace, address: daemon.address });
    const watch = images.watch({ signal: AbortSignal.timeout(PATIENCE_MS * ROUNDS) });
    const next = async (wanted: "synced" | "created") => {
      for (;;) {
        const { value, done } = await watch.next();
        assert.ok(done !== true, "the watch has ended");
        if (value.type === wanted) return value.image?.name ?? "";
      }
    };
    await next("synced");
    for (let round = 0; round < ROUNDS; round += 1) {
      await disturb();
      for (const name of [`a:${round}`, `b:${round}`]) await direct.create({ name, target });
      assert.deepEqual([await next("created"), await next("created")].sort(), [`a:${round}`, `b:${round}`]);
    }
    await watch.return();
  }
});
