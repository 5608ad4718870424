import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { field, LABEL_CRI_IMAGE, LABEL_CRI_PINNED, replaceAll } from "../../../src/index.js";
import type { Version } from "../../support/daemon/daemon.js";
import { fetchBundle } from "../../support/daemon/fetch.js";
import { eventually } from "../../support/eventually.js";
import { CRI_LABELS, describeOnNodes, hasLabels, importNew, pullNew } from "./node.js";

const PINNED = { [LABEL_CRI_PINNED]: "pinned" };
const ROUNDS = 5;

describeOnNodes("the labels of records in CRI's namespace", (node) => {
  it("get CRI's own within moments after another program has made the record", async () => {
    const { images } = node();
    const { repository, manifest } = await pullNew(node(), "labelled");
    await images.create({ name: `${repository}:2`, target: manifest });
    await hasLabels(node(), `${repository}:2`, CRI_LABELS);
  });

  it("get CRI's own back when it is removed by null, replaceAll or a replaced record", async () => {
    const { images } = node();
    const { tag, manifest } = await pullNew(node(), "restored");
    const removals = [
      () => images.update(tag, { labels: { [LABEL_CRI_IMAGE]: null, mine: "1" } }),
      () => images.update(tag, { labels: replaceAll({ mine: "1" }) }),
      () => images.replace({ name: tag, target: manifest, labels: { mine: "1" } }),
    ];
    for (const remove of removals) {
      const { labels } = await remove();
      assert.deepEqual({ ...labels }, { mine: "1" });
      await hasLabels(node(), tag, { ...CRI_LABELS, mine: "1" });
    }
  });

  it("let a reconciler with replaceAll never come to rest", async () => {
    const { images } = node();
    const { tag } = await pullNew(node(), "restless");
    let updates = 0;
    for await (const { type, image } of images.watch(field.name.equals(tag))) {
      if (type === "synced" || Object.keys(image.labels).join() === "mine") continue;
      if (updates === ROUNDS) break;
      await images.update(tag, { labels: replaceAll({ mine: "1" }) });
      updates += 1;
    }
    assert.equal(updates, ROUNDS);
  });

  it("lose those of all others on the record of the tag, and on no other, when the tag is pulled again", async () => {
    const { images, cri } = node();
    const { tag, names } = await pullNew(node(), "pulled-again");
    for (const name of names) await images.update(name, { labels: { mine: "1", ...PINNED } });
    await cri.pull(tag);
    await hasLabels(node(), tag, CRI_LABELS);
    for (const name of names.filter((name) => name !== tag))
      await hasLabels(node(), name, { ...CRI_LABELS, ...PINNED, mine: "1" });
  });

  it("say that an image is pinned, from containerd 1.7 on", async () => {
    const { images, cri, version } = node();
    const { tag, repository, config, manifest } = await pullNew(node(), "pinned");
    assert.equal((await cri.status(tag))?.pinned, false);
    await images.update(tag, { labels: PINNED });
    await images.create({ name: `${repository}:2`, target: manifest });
    // Then CRI has read what came before.
    await eventually(async () => assert.ok(await cri.status(`${repository}:2`), "CRI has no :2"));
    const isPinned = version !== "1.6";
    await eventually(async () => assert.equal((await cri.status(config.digest))?.pinned, isPinned));
    assert.equal((await cri.list()).find(({ id }) => id === config.digest)?.pinned, isPinned);
  });

  it("say that the sandbox image is pinned, from 1.7 on; 2.x says so again when that label is removed", async () => {
    const { images, cri, version } = node();
    const name = await sandboxImage(version);
    await importNew(node(), name);
    await hasLabels(node(), name, version === "1.6" ? CRI_LABELS : { ...CRI_LABELS, ...PINNED });
    await images.update(name, { labels: { [LABEL_CRI_PINNED]: null } });
    const { tag } = await pullNew(node(), "after-sandbox");
    // Then CRI has read what came before.
    await eventually(async () => assert.ok(await cri.status(tag), `CRI has no ${tag}`));
    await hasLabels(node(), name, version === "2.x" ? { ...CRI_LABELS, ...PINNED } : CRI_LABELS);
    const isPinned = version !== "1.6"; // on 1.7 by the record of the image id, which still has the label
    assert.equal((await cri.status(name))?.pinned, isPinned);
  });
});

/** The image that every pod starts with, by the defaults of a version. */
async function sandboxImage(version: Version): Promise<string> {
  const containerd = join(await fetchBundle(`containerd-${version}`), "usr/bin/containerd");
  const { stdout } = await promisify(execFile)(containerd, ["config", "default"]);
  const [name] = /registry\.k8s\.io\/pause:[\d.]+/.exec(stdout) ?? assert.fail(stdout);
  return name;
}
