import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { versions } from "../../support/daemon/daemon.js";
import { History } from "./history.js";
import { CRI_LABEL } from "./record-state.js";
import { buildStage, CRI_NAMESPACE } from "./stage.js";
import { Writer } from "./writer.js";

const PATIENCE_MS = 10_000;

for (const version of versions) {
  it(`CRI of containerd ${version} labels a record that another has made`, async () => {
    await using stage = await buildStage({ version, hasCri: true });
    const history = new History(stage.upstream, CRI_NAMESPACE, "example.com/app:1");
    await new Writer(history).create({ target: stage.targets.first, labels: {} });
    const end = performance.now() + PATIENCE_MS;
    while (history.last?.labels[CRI_LABEL] === undefined && performance.now() < end) {
      await sleep(2);
      await history.look();
    }
    // The writer gave it no label. It may be there at the first look already.
    assert.equal(history.last?.labels[CRI_LABEL], "managed");
  });
}
