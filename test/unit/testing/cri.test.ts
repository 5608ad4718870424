import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { type Image, ImagesClient, replaceAll } from "../../../src/index.js";
import { type CriOptions, InMemoryImages, profiles } from "../../../src/testing/index.js";
import { Collector } from "../../../src/testing/services/collector.js";
import { Cri } from "../../../src/testing/services/cri.js";
import { EventHub } from "../../../src/testing/services/event-hub.js";
import { Store } from "../../../src/testing/store/store.js";
import { ManualClock } from "../../support/manual-clock.js";

const LABEL = "io.cri-containerd.image";
const managed = { [LABEL]: "managed" };
const digest = `sha256:${"a".repeat(64)}`;
const configDigest = `sha256:${"c".repeat(64)}`;
const target = { mediaType: "m", digest, size: 1 };
const inTime = { timeoutMs: 10_000 };

/** The CRI plugin alone, in time that a test moves. */
function alone(options: CriOptions = {}, profile = profiles["2.1"]) {
  const timers = new ManualClock();
  const clock = () => BigInt(timers.now()) * 1_000_000n;
  const store = new Store(profile);
  const events = new EventHub(clock);
  const collector = new Collector(store, events, clock);
  const cri = new Cri({ store, events, collector, clock, profile, timers }, options);
  return { timers, store, cri };
}

function draft(name: string) {
  return { name, target: { ...target, size: 1n, annotations: new Map() }, labels: new Map() };
}

const AT_START = { lease: undefined, at: { seconds: 0n, nanos: 0 } };

function node(cri: boolean | CriOptions) {
  const service = new InMemoryImages({ cri });
  const images = new ImagesClient({ namespace: "k8s.io", transport: service.transport });
  return { service, images };
}

function labelsOf(images: readonly Image[]) {
  return images.map(({ name, labels }) => [name, labels]);
}

describe("the CRI plugin in memory", () => {
  it("labels a record after its delay, and not before", async () => {
    const { timers, store, cri } = alone({ delayMs: 5 });
    store.create("k8s.io", draft("app:1"), AT_START);
    cri.written("k8s.io", "app:1");
    await timers.advance(4);
    assert.equal(store.get("k8s.io", "app:1").labels.size, 0);
    await timers.advance(1);
    const { labels, updatedAt } = store.get("k8s.io", "app:1");
    assert.deepEqual([Object.fromEntries(labels), updatedAt.nanos], [managed, 5_000_000]);
    assert.equal(timers.running, 0);
  });

  it("acts two milliseconds after a write by default", async () => {
    const { timers, cri } = alone();
    cri.written("k8s.io", "app:1");
    cri.written("k8s.io", "app:2");
    assert.deepEqual(timers.delays, [2]); // for both
  });

  it("does nothing about a record that is gone, or in another namespace", async () => {
    const { timers, store, cri } = alone();
    cri.written("default", "app:1");
    assert.equal(timers.running, 0);
    cri.written("k8s.io", "app:1");
    await timers.advance(10);
    assert.deepEqual(store.namespaces(), []);
  });

  it("writes its record of a config again for a second name of the image in 1.6, and not in 2.1", async () => {
    for (const [version, writtenMs] of [
      ["1.6", 4],
      ["2.1", 2],
    ] as const) {
      const { timers, store, cri } = alone({ configDigests: { [digest]: configDigest } }, profiles[version]);
      for (const name of ["app:1", "app:2"]) {
        store.create("k8s.io", draft(name), AT_START);
        cri.written("k8s.io", name);
        await timers.advance(2);
      }
      assert.equal(store.get("k8s.io", configDigest).updatedAt.nanos, writtenMs * 1_000_000, version);
    }
  });

  it("points its record of a config at the image that was written last", async () => {
    const other = `sha256:${"b".repeat(64)}`;
    const { timers, store, cri } = alone({ configDigests: { [digest]: configDigest, [other]: configDigest } });
    const { target: first, ...rest } = draft("app:1");
    for (const [name, target] of [
      ["app:1", first],
      ["app:2", { ...first, digest: other }],
    ] as const) {
      store.create("k8s.io", { ...rest, name, target }, AT_START);
      cri.written("k8s.io", name);
      await timers.advance(2);
      assert.equal(store.get("k8s.io", configDigest).target.digest, target.digest);
    }
  });

  it("does nothing after it was closed", async () => {
    const { timers, store, cri } = alone();
    store.create("k8s.io", draft("app:1"), AT_START);
    cri.written("k8s.io", "app:1");
    cri.close();
    assert.equal(timers.running, 0);
    store.create("k8s.io", draft("app:2"), AT_START);
    cri.written("k8s.io", "app:2"); // what was written before stays forgotten
    await timers.advance(10);
    assert.deepEqual(
      store.list("k8s.io").map(({ labels }) => labels.size),
      [0, 1],
    );
  });

  it("refuses options that are none", () => {
    for (const delayMs of [-1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY])
      assert.throws(
        () => new InMemoryImages({ cri: { delayMs } }),
        /^ValidationError: InMemoryImages: cri\.delayMs: must be from 0 to 2147483647/,
      );
    for (const value of ["", "sha256:c", `sha256:${"C".repeat(64)}`])
      assert.throws(
        () => new InMemoryImages({ cri: { configDigests: { [digest]: value } } }),
        /^ValidationError: InMemoryImages: cri\.configDigests\["sha256:.*"\]: must be sha256:, /,
      );
  });

  it("counts digests of configs that are none, however many there are", () => {
    const configDigests = Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => [`${index}`, "x"]));
    assert.throws(() => new InMemoryImages({ cri: { configDigests } }), { issueCount: 200_000 });
  });
});

describe("InMemoryImages with CRI", () => {
  it("responds to a create without the label, and sets it later", async () => {
    const { images } = node(true);
    await using _ = images;
    const created = await images.create({ name: "app:1", target, labels: { env: "prod" } });
    assert.deepEqual(created.labels, { env: "prod" });
    const { labels } = await images.waitFor("app:1", { labels: managed }, inTime);
    assert.deepEqual(labels, { env: "prod", ...managed });
  });

  it("sets the label again when a client removes or changes it", async () => {
    const { images } = node(true);
    await using _ = images;
    await images.create({ name: "app:1", target });
    for (const labels of [replaceAll({ env: "prod" }), { [LABEL]: null }, { [LABEL]: "mine" }]) {
      const { labels: updated } = await images.update("app:1", { labels });
      assert.notEqual(updated[LABEL], "managed");
      await images.waitFor("app:1", { labels: { env: "prod", ...managed } }, inTime);
    }
  });

  it("makes the record of the config's digest where it is known, and never deletes it", async () => {
    const { images } = node({ configDigests: { [digest]: configDigest } });
    await using _ = images;
    await images.create({ name: "app:1", target });
    await images.create({ name: "other:1", target: { ...target, digest: `sha256:${"b".repeat(64)}` } });
    await images.waitFor("other:1", { labels: managed }, inTime);
    assert.deepEqual(labelsOf(await images.list()), [
      ["app:1", managed],
      ["other:1", managed],
      [configDigest, managed],
    ]);
    assert.deepEqual((await images.get(configDigest)).target, (await images.get("app:1")).target);
    await images.delete("app:1");
    assert.equal((await images.get(configDigest)).target.digest, digest);
  });

  it("writes nothing about a record that has its label", async () => {
    const { images } = node({ configDigests: { [digest]: configDigest }, delayMs: 0 });
    await using _ = images;
    await images.create({ name: "app:1", target, labels: managed });
    await images.create({ name: "mark:1", target: { ...target, digest: `sha256:${"b".repeat(64)}` } });
    await images.waitFor("mark:1", { labels: managed }, inTime);
    assert.deepEqual(
      (await images.list()).map(({ name }) => name),
      ["app:1", "mark:1"],
    );
  });

  it("leaves other namespaces, and seeded records, as they are", async () => {
    const { service, images } = node({ delayMs: 0 });
    await using _ = images;
    service.seed([{ namespace: "k8s.io", name: "seeded:1", target }]);
    await images.withNamespace("default").create({ name: "app:1", target });
    await images.create({ name: "app:1", target });
    await images.waitFor("app:1", { labels: managed }, inTime);
    assert.deepEqual((await images.get("seeded:1")).labels, {});
    assert.deepEqual((await images.withNamespace("default").get("app:1")).labels, {});
  });

  it("does not act after it was closed", async () => {
    const { service, images } = node({ delayMs: 0 });
    await images.create({ name: "app:1", target });
    await service.close();
    await new Promise((resolve) => setTimeout(resolve, 1)); // later than any timer that CRI has started
    assert.deepEqual(service.snapshot()[0]?.labels, {});
  });

  it("does not keep the process alive", () => {
    const program = `
      import { ImagesClient } from "./src/index.ts";
      import { InMemoryImages } from "./src/testing/index.ts";
      const service = new InMemoryImages({ cri: { delayMs: 600_000 } });
      const images = new ImagesClient({ namespace: "k8s.io", transport: service.transport });
      await images.create({ name: "app:1", target: ${JSON.stringify(target)} });
    `;
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const { status, stderr } = spawnSync(process.execPath, args, { timeout: 60_000, encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});
