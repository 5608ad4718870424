import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { field, LABEL_MOBY_CONTAINER_CONFIG, LABEL_MOBY_IMAGE_PARENT } from "../../../src/index.js";
import { ociImage, ociLayout } from "../../support/oci/image.js";
import { type Registry, startRegistry } from "../../support/oci/registry.js";
import { tar } from "../../support/oci/tar.js";
import { describeOnEngines, follow, loadNew, stored } from "./engine.js";

describeOnEngines("the records", (docker) => {
  let registry: Registry;
  before(async () => {
    registry = await startRegistry();
  });
  after(() => registry[Symbol.asyncDispose]());

  it("reach watch and cache when an image is loaded, tagged, imported, pulled and removed", async () => {
    const { api, images } = docker();
    await using following = await follow(images);
    await loadNew(docker(), "seen:1");
    await following.saw("created", stored("seen:1"));
    await api.tag("seen:1", "seen:2");
    await following.saw("created", stored("seen:2"));
    await api.import("imported:1", tar({ file: "content" }));
    await following.saw("created", stored("imported:1"));
    const pulled = registry.push("pulled:1", ociImage("pulled"));
    await api.pull(pulled);
    await following.saw("created", pulled);
    await api.removeImage("seen:2");
    await following.saw("deleted", stored("seen:2"));
  });

  it("are made anew when a tag moves, and moby-dangling keeps the image that has lost its last name", async () => {
    const { api, images } = docker();
    const old = await loadNew(docker(), "moved:1");
    const other = await loadNew(docker(), "other:1");
    const before = await images.get(stored("moved:1"));
    await using following = await follow(images);
    await api.tag("other:1", "moved:1");
    await following.sawTarget(stored("moved:1"), other.manifest.digest);
    await following.saw("created", `moby-dangling@${old.manifest.digest}`);
    const after = await images.get(stored("moved:1"));
    assert.notEqual(after.createdAt?.getTime(), before.createdAt?.getTime());
    await api.prune();
    await following.saw("deleted", `moby-dangling@${old.manifest.digest}`);
  });

  it("of an image whose only tag is moved by a load or a pull: Docker 28 makes moby-dangling, 26 makes none", async () => {
    const { api, images, version } = docker();
    const loaded = await loadNew(docker(), "reloaded:1");
    await api.load(ociLayout({ [stored("reloaded:1")]: ociImage("another load") }));
    const pulled = ociImage("first pull");
    await api.pull(registry.push("repulled:1", pulled));
    await api.pull(registry.push("repulled:1", ociImage("another pull")));
    for (const { manifest } of [loaded, pulled]) {
      const left = await images.list(field.target.digest.equals(manifest.digest));
      const dangling = version === "26" ? [] : [`moby-dangling@${manifest.digest}`];
      assert.deepEqual(
        left.map(({ name }) => name),
        dangling,
      );
    }
    await api.prune();
  });

  it("are made by a build and made anew by the next one, with the builder's labels", async () => {
    const { api, images } = docker();
    await using following = await follow(images);
    await api.build("built:1", "first");
    await following.saw("created", stored("built:1"));
    const { labels, target, createdAt } = await images.get(stored("built:1"));
    assert.deepEqual(Object.keys(labels).sort(), [LABEL_MOBY_CONTAINER_CONFIG, "org.mobyproject.image.fromscratch"]);
    await api.build("built:1", "second");
    const rebuilt = await images.get(stored("built:1"));
    assert.notEqual(rebuilt.createdAt?.getTime(), createdAt?.getTime());
    await following.sawTarget(stored("built:1"), rebuilt.target.digest);
    await following.saw("created", `moby-dangling@${target.digest}`);
    await api.prune();
    await following.saw("deleted", `moby-dangling@${target.digest}`);
  });

  it("name the image that a build began with", async () => {
    const { api, images } = docker();
    const base = await loadNew(docker(), "base:1");
    await api.build("child:1", "of the child", "base:1");
    const { labels } = await images.get(stored("child:1"));
    assert.equal(labels[LABEL_MOBY_IMAGE_PARENT], base.manifest.digest);
    assert.match(labels[LABEL_MOBY_CONTAINER_CONFIG] ?? "", /^sha256:[0-9a-f]{64}$/);
  });

  it("keep labels when the image is loaded again, and lose them when it is pulled again", async () => {
    const { api, images } = docker();
    const image = await loadNew(docker(), "loaded:1");
    await images.update(stored("loaded:1"), { labels: { owner: "me" } });
    await api.load(ociLayout({ [stored("loaded:1")]: image }));
    assert.deepEqual({ ...(await images.get(stored("loaded:1"))).labels }, { owner: "me" });

    const pulled = registry.push("labelled:1", ociImage("labelled"));
    await api.pull(pulled);
    await images.update(pulled, { labels: { owner: "me" } });
    await api.pull(pulled);
    assert.deepEqual({ ...(await images.get(pulled)).labels }, {});
  });

  it("lose labels when another image is tagged with their name", async () => {
    const { api, images } = docker();
    await loadNew(docker(), "tagged:1");
    await loadNew(docker(), "tagged:2");
    await images.update(stored("tagged:1"), { labels: { owner: "me" } });
    await api.tag("tagged:2", "tagged:1");
    assert.deepEqual({ ...(await images.get(stored("tagged:1"))).labels }, {});
  });

  it("have no tag after a pull of a tag with a digest", async () => {
    const { api, images } = docker();
    const image = ociImage("digested");
    const tag = registry.push("digested:1", image);
    await api.pull(`${tag}@${image.manifest.digest}`);
    const { target } = await images.get(`${registry.host}/digested@${image.manifest.digest}`);
    assert.equal(target.digest, image.manifest.digest);
    await assert.rejects(images.get(tag), { code: "not_found" });
  });
});
