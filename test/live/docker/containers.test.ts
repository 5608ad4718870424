import assert from "node:assert/strict";
import { it } from "node:test";
import { field } from "../../../src/index.js";
import { describeOnEngines, loadBusybox, rejectsWith, stored } from "./engine.js";

describeOnEngines("the containers", (docker) => {
  it("run from a record that this package has made", async () => {
    const { api, images } = docker();
    const { manifest } = await loadBusybox(docker(), "base:1", "sh", "-c", "exit 7");
    await images.create({ name: stored("mine:1"), target: manifest });
    const id = await api.createContainer("mine:1");
    await api.startContainer(id);
    assert.equal(await api.waitForContainer(id), 7);
  });

  it("say the digest of the target of their image's record, also after its name was moved", async () => {
    const { api, images } = docker();
    const { manifest } = await loadBusybox(docker(), "used:1", "true");
    const id = await api.createContainer("used:1");
    assert.equal(await api.imageOf(id), manifest.digest);
    const moved = await loadBusybox(docker(), "other:1", "false");
    await images.update(stored("used:1"), { target: moved.manifest });
    assert.equal(await api.imageOf(id), manifest.digest);
  });

  it("go on and restart when the records of their image are deleted, but cannot be committed", async () => {
    const { api, images } = docker();
    const { manifest } = await loadBusybox(docker(), "running:1", "sleep", "1000");
    const id = await api.createContainer("running:1");
    await api.startContainer(id);
    await rejectsWith(409, api.removeImage("running:1")); // Docker itself rejects what this package does next
    await images.deleteMany(field.target.digest.equals(manifest.digest), { sync: true });
    assert.equal((await api.containerState(id)).Running, true);
    await api.restartContainer(id);
    assert.equal((await api.containerState(id)).Running, true);
    await rejectsWith(404, api.commit(id, "committed:1"));
    await rejectsWith(404, api.createContainer("running:1"));
  });
});
