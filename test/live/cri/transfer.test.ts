import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { all } from "../../../src/index.js";
import { eventually } from "../../support/eventually.js";
import { importNew, pullNew, startNode } from "./node.js";

const IMPORTED = "docker.io/library/transferred:1";

describe("the Transfer service of containerd 1.7", () => {
  it("publishes no events: a watch sees its record at the next resync, and CRI does not see it", async () => {
    await using node = await startNode("1.7");
    const { images, cri } = node;
    await using withoutResync = images.cache(all, { resyncIntervalMs: 3_600_000 });
    await using withResync = images.cache(all, { resyncIntervalMs: 50 });
    await Promise.all([withoutResync.ready, withResync.ready]);

    const { config } = await importNew(node, IMPORTED, "2.x");
    await eventually(async () => assert.ok(withResync.get(IMPORTED), `no ${IMPORTED}`));
    const { tag } = await pullNew(node, "later"); // its events come after all that the import could have published
    await eventually(async () => {
      assert.ok(withoutResync.get(tag), `no ${tag}`);
      assert.ok(await cri.status(tag), `CRI has no ${tag}`);
    });

    assert.equal(withoutResync.get(IMPORTED), undefined);
    assert.equal(await cri.status(IMPORTED), undefined);
    assert.equal(await cri.status(config.digest), undefined);
    assert.deepEqual({ ...(await images.get(IMPORTED)).labels }, {});
  });
});
