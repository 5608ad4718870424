import assert from "node:assert/strict";
import { it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { all, field, type Image, LABEL_CRI_IMAGE } from "../../../src/index.js";
import { eventually } from "../../support/eventually.js";
import { type OciImage, ociImage } from "../../support/oci/image.js";
import { configDigestOf, storeContent } from "../truth/content.js";
import {
  CRI_LABELS,
  CRI_NAMESPACE,
  describeOnNodes,
  hasLabels,
  importNew,
  type KubernetesNode,
  pullNew,
  runCtr,
} from "./node.js";

const NO_RESYNC = { resyncIntervalMs: 3_600_000 };
/** Of twenty records that are deleted soon after they are created, some come back in half of the rounds or more. */
const MAX_ROUNDS = 50;

describeOnNodes("the records of CRI", (node) => {
  it("are three for each image that is pulled: the tag, the digest and the image id", async () => {
    const { images } = node();
    const { names, manifest } = await pullNew(node(), "three");
    const records = await images.list(field.target.digest.equals(manifest.digest));
    assert.deepEqual(namesOf(records), names);
  });

  it("reach watch and cache at once when an image is pulled, imported and removed", async () => {
    const { images, cri } = node();
    await using watch = images.watch(all, NO_RESYNC);
    await using cache = images.cache(all, NO_RESYNC);
    const seen: string[] = [];
    const ended = (async () => {
      for await (const { type, image } of watch) seen.push(`${type} ${image?.name}`);
    })();
    await cache.ready;
    const saw = (type: string, names: readonly string[]) =>
      eventually(async () => {
        for (const name of names) {
          assert.ok(seen.includes(`${type} ${name}`), `${type} ${name}`);
          assert.equal(cache.get(name) === undefined, type === "deleted", name);
        }
      });

    const pulled = await pullNew(node(), "watched");
    await saw("created", pulled.names);
    const imported = await importNew(node(), "docker.io/library/watched:1");
    await saw("created", ["docker.io/library/watched:1", imported.config.digest]);
    await cri.remove(pulled.tag);
    await saw("deleted", pulled.names);
    await watch.return();
    await ended;
  });

  it("keep the content, and the image in CRI, when the tag alone is deleted", async () => {
    const { images, cri } = node();
    const pulled = await pullNew(node(), "kept");
    await images.delete(pulled.tag, { sync: true });
    await eventually(async () => assert.deepEqual((await cri.status(pulled.config.digest))?.tags, []));
    assert.ok((await cri.list()).some(({ id }) => id === pulled.config.digest));
    assert.deepEqual(await missingContent(node(), pulled), []);
  });

  it("free the content, and CRI forgets the image, when all records of the digest are deleted", async () => {
    const { images, cri } = node();
    const pulled = await pullNew(node(), "freed");
    await images.deleteMany(field.target.digest.equals(pulled.manifest.digest), { sync: true });
    assert.deepEqual(await missingContent(node(), pulled), [...pulled.blobs.keys()]);
    await eventually(async () => assert.equal(await cri.status(pulled.config.digest), undefined));
    assert.ok((await cri.list()).every(({ id }) => id !== pulled.config.digest));
  });

  it("of the digest and the image id stay, with their content, when the tag is pulled again and has moved", async () => {
    const { images, cri, registry } = node();
    const first = await pullNew(node(), "moved");
    await images.update(first.tag, { labels: { mine: "1" } });
    const second = ociImage("moved to another");
    await cri.pull(registry.push("moved:1", second));
    assert.equal((await images.get(first.tag)).target.digest, second.manifest.digest);
    await hasLabels(node(), first.tag, CRI_LABELS);
    const left = await images.list(field.target.digest.equals(first.manifest.digest));
    assert.deepEqual(
      namesOf(left),
      first.names.filter((name) => name !== first.tag),
    );
    assert.deepEqual(await missingContent(node(), first), []);
  });

  it("are made for a record of another program too: CRI lists it and adds the image id", async () => {
    const { images, cri } = node();
    const { repository, config, manifest } = await pullNew(node(), "foreign");
    await images.deleteMany([config.digest]);
    await images.create({ name: `${repository}:2`, target: manifest });
    const image = await eventually(() => knownImage(node(), `${repository}:2`));
    assert.equal(image.id, config.digest);
    assert.deepEqual((await cri.status(config.digest))?.tags.toSorted(), [`${repository}:1`, `${repository}:2`]);
    await eventually(async () => assert.equal((await images.get(config.digest)).target.digest, manifest.digest));
  });

  it("have none under the image id if a record with CRI's label is moved, unless the update removes that label", async () => {
    const { images, cri, daemon } = node();
    const { tag } = await pullNew(node(), "pointed");
    for (const labels of [{}, { [LABEL_CRI_IMAGE]: null }]) {
      const title = `pointed with ${JSON.stringify(labels)}`;
      await images.update(tag, { target: await storeContent(daemon, CRI_NAMESPACE, title), labels });
      const id = configDigestOf(title);
      await eventually(async () => assert.deepEqual((await cri.status(id))?.tags, [tag])); // the last that CRI does
      assert.equal((await images.find(id)) !== undefined, LABEL_CRI_IMAGE in labels);
      await hasLabels(node(), tag, CRI_LABELS);
    }
  });

  it("can come back, with no label but CRI's, if another program deletes them before CRI has set it", async () => {
    const { images } = node();
    const { repository, manifest } = await pullNew(node(), "back");
    const labels = { mine: "1" };
    let back: readonly Image[] = [];
    for (let round = 0; back.length === 0 && round < MAX_ROUNDS; round += 1) {
      for (let count = 0; count < 20; count += 1) {
        const [early, late] = ["early", "late"].map((when) => `${repository}:${when}-${round}-${count}`);
        assert.ok(early !== undefined && late !== undefined);
        await images.create({ name: early, target: manifest, labels });
        await pause(count / 10);
        await images.delete(early);
        await images.create({ name: late, target: manifest, labels });
        await images.waitFor(late, { labels: CRI_LABELS }, { timeoutMs: 5_000 });
        await images.delete(late);
      }
      back = await images.list(field.name.matches(":(early|late)-"));
    }
    assert.ok(back[0]?.name.includes(":early-"), `${back.length} records came back`);
    for (const image of back) assert.deepEqual([image.name.includes(":late-"), image.labels], [false, CRI_LABELS]);
    await images.deleteMany(back);
  });

  for (const by of ["one tag", "the image id"] as const) {
    it(`all go by RemoveImage of ${by}, except one under a familiar name`, async () => {
      const { images, cri } = node();
      const title = by === "one tag" ? "by-tag" : "by-id";
      const { tag, repository, manifest, config } = await pullNew(node(), title);
      const own = [`${title}:1`, `${repository}:2`, "docker.io/library/Upper:1", `docker.io/library/${title}:2`];
      for (const name of own) await images.create({ name, target: manifest });
      await eventually(() => knownImage(node(), `docker.io/library/${title}:2`));
      await cri.remove(by === "one tag" ? tag : config.digest);
      const left = await images.list(field.target.digest.equals(manifest.digest));
      assert.deepEqual(namesOf(left), [`${title}:1`]);
    });
  }

  it("under a familiar name are listed, but neither found nor removed", async () => {
    const { images, cri } = node();
    const { names, manifest } = await pullNew(node(), "familiar");
    await images.create({ name: "familiar:short", target: manifest });
    await eventually(async () => {
      const tags = (await cri.list()).flatMap((image) => image.tags);
      assert.ok(tags.includes("docker.io/library/familiar:short"), `${tags}`);
    });
    for (const name of ["familiar:short", "docker.io/library/familiar:short"]) {
      assert.equal(await cri.status(name), undefined, name);
      await cri.remove(name);
    }
    const left = await images.list(field.target.digest.equals(manifest.digest));
    assert.deepEqual(namesOf(left), [...names, "familiar:short"].sort());
  });

  it("without content are neither labelled nor listed", async () => {
    const { images, cri } = node();
    const { repository, manifest } = await pullNew(node(), "present");
    const absent = { ...manifest, digest: `sha256:${"a".repeat(64)}` };
    await images.create({ name: `${repository}:absent`, target: absent });
    await images.create({ name: `${repository}:2`, target: manifest });
    await eventually(() => knownImage(node(), `${repository}:2`)); // CRI reads the records in the order of their events
    assert.deepEqual({ ...(await images.get(`${repository}:absent`)).labels }, {});
    assert.equal(await cri.status(`${repository}:absent`), undefined);
    assert.ok((await cri.list()).every(({ tags }) => !tags.includes(`${repository}:absent`)));
  });
});

function namesOf(records: readonly Image[]): readonly string[] {
  return records.map(({ name }) => name).sort();
}

async function knownImage({ cri }: KubernetesNode, name: string) {
  const image = await cri.status(name);
  if (image === undefined) throw new Error(`CRI does not know ${name}`);
  return image;
}

async function missingContent({ version, daemon }: KubernetesNode, { blobs }: OciImage): Promise<readonly string[]> {
  const stored = (await runCtr(version, daemon, ["content", "ls", "-q"])).split("\n");
  return [...blobs.keys()].filter((digest) => !stored.includes(digest));
}

/** A timer waits for a whole millisecond at least. */
async function pause(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await setImmediate();
}
