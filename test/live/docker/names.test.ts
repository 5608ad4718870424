import assert from "node:assert/strict";
import { it } from "node:test";
import { ociImage } from "../../support/oci/image.js";
import { describeOnEngines, isListed, loadBusybox, loadNew, rejectsWith, stored } from "./engine.js";

describeOnEngines("a record made by this package", (docker) => {
  it("under a canonical name is listed, found and removed", async () => {
    const { api, images } = docker();
    const { manifest } = await loadNew(docker(), "base:1");
    await images.create({ name: stored("mine:1"), target: manifest });
    assert.ok(await isListed(docker(), "mine:1"));
    assert.equal((await api.inspectImage("mine:1")).Id, manifest.digest);
    await api.removeImage("mine:1");
    await assert.rejects(images.get(stored("mine:1")), { code: "not_found" });
  });

  it("under a familiar name is listed, but neither found nor removed by that name", async () => {
    const { api, images } = docker();
    const { manifest } = await loadNew(docker(), "familiar:1");
    await images.create({ name: "short:1", target: manifest });
    assert.ok(await isListed(docker(), "short:1"));
    await rejectsWith(404, api.inspectImage("short:1"));
    await rejectsWith(404, api.createContainer("short:1"));
    await rejectsWith(404, api.removeImage("short:1"));
    assert.equal((await images.get("short:1")).target.digest, manifest.digest);
  });

  for (const [what, name, status] of [
    ["without a tag", "untagged", 404],
    ["in upper case", "UPPER:1", 400],
  ] as const) {
    it(`under a name ${what} is neither found nor removed by that name, and keeps its content`, async () => {
      const { api, images } = docker();
      const image = await loadBusybox(docker(), `base-${status}:1`, "true");
      await images.create({ name: stored(name), target: image.manifest });
      await images.delete(stored(`base-${status}:1`), { sync: true });
      await rejectsWith(status, api.inspectImage(name));
      await rejectsWith(status, api.createContainer(name));
      await rejectsWith(status, api.removeImage(name));
      await api.prune();
      await assert.doesNotReject(api.createContainer(image.manifest.digest)); // which needs all of the content
    });
  }

  it("under a familiar name or in upper case is deleted when Docker removes another name of its image", async () => {
    const { api, images } = docker();
    const { manifest } = await loadNew(docker(), "kept:1");
    for (const name of ["familiar:2", stored("Odd:1"), stored("no-tag"), stored("removed:1")]) {
      await images.create({ name, target: manifest });
    }
    await api.removeImage("removed:1");
    const left = (await images.list()).filter(({ target }) => target.digest === manifest.digest);
    assert.deepEqual(left.map(({ name }) => name).sort(), [stored("kept:1"), stored("no-tag")]);
  });

  it("without content is found by Docker 28 and not by 26; both remove it", async () => {
    const { api, images, version } = docker();
    const { manifest } = ociImage("hollow");
    await images.create({ name: stored("hollow:1"), target: manifest });
    if (version === "26") await rejectsWith(404, api.inspectImage("hollow:1"));
    else assert.equal((await api.inspectImage("hollow:1")).Id, manifest.digest);
    await api.removeImage("hollow:1");
    await assert.rejects(images.get(stored("hollow:1")), { code: "not_found" });
  });
});
