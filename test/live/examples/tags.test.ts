import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { field, ImagesClient, LABEL_CRI_PINNED } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { descriptor, digest, namesOf } from "../../contract/records.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { localAddress } from "../../support/local-address.js";
import { run } from "../../support/programs/run.js";
import { storeContent } from "../truth/content.js";

const namesOfA = ["example.com/a:1", `example.com/a@${digest("a")}`, digest("0")];

describe("examples that copy and delete tags", { concurrency: 2 }, () => {
  let daemon: Daemon;
  before(async () => {
    daemon = await startDaemon("2.x");
  });
  after(() => daemon.stop());

  const connect = (namespace: string) => new ImagesClient({ namespace, address: daemon.address });
  const example = (name: string, namespace: string, args: readonly string[], address = daemon.address) =>
    run(`examples/${name}.ts`, { CONTAINERD_ADDRESS: address, CONTAINERD_NAMESPACE: namespace }, args);

  it("prune keeps what is pinned", async () => {
    await using images = connect("prune-pinned");
    const labels = { temp: "yes", [LABEL_CRI_PINNED]: "pinned" };
    await images.create({ name: "old:1", target: descriptor("a"), labels: { temp: "yes" } });
    await images.create({ name: "pinned:1", target: descriptor("b"), labels });
    await images.create({ name: "pinned:2", target: descriptor("b"), labels: { temp: "yes" } });
    const output = await example("prune", "prune-pinned", ["temp", "0", "--delete"]);
    assert.match(output, /^pinned, kept pinned:1\npinned, kept pinned:2\ndeleted {6}old:1 \n1 records/);
    assert.deepEqual(namesOf(await images.list()), ["pinned:1", "pinned:2"]);
  });

  it("prune refuses a number of days that is none, or negative", async () => {
    await using images = connect("prune-days");
    await images.create({ name: "new:1", target: descriptor("a"), labels: { temp: "yes" } });
    for (const days of ["", " ", "-7", "week"])
      await assert.rejects(example("prune", "prune-days", ["temp", days, "--delete"]), /say for how many days/);
    assert.deepEqual(namesOf(await images.list()), ["new:1"]);
  });

  it("prune --whole deletes all records of an image, and none of an image that somebody needs", async () => {
    await using images = connect("prune-whole");
    const create = (name: string, fill: string, labels = {}) =>
      images.create({ name, target: descriptor(fill), labels });
    const temp = { temp: "yes" };
    for (const fill of ["a", "b", "c", "d"]) {
      await create(`example.com/${fill}:1`, fill, temp);
      await create(`example.com/${fill}@${digest(fill)}`, fill);
      await create(digest(String("abcd".indexOf(fill))), fill); // as CRI names the record of the config
    }
    await create("example.com/b:stable", "b");
    await create(`example.com/other@${digest("d")}`, "d"); // pulled by its digest, for somebody else
    await create("example.com/e:1", "e", temp);
    await create("example.com/e", "e"); // neither tag nor digest, and no label
    await images.update(digest("2"), { labels: { [LABEL_CRI_PINNED]: "pinned" } });
    const kept = namesOf(await images.list()).filter((name) => !namesOfA.includes(name));

    const dryRun = await example("prune", "prune-whole", ["temp", "0", "--whole"]);
    for (const name of namesOfA) assert.match(dryRun, new RegExp(`^would-delete ${name} $`, "m"));
    assert.match(dryRun, new RegExp(`^kept {9}${digest("b")} because of example.com/b:stable$`, "m"));
    assert.match(dryRun, /^pinned, kept example\.com\/c:1$/m);
    assert.match(dryRun, new RegExp(`^kept {9}${digest("d")} because of example.com/other@`, "m"));
    assert.match(dryRun, new RegExp(`^kept {9}${digest("e")} because of example.com/e$`, "m"));
    assert.equal((await images.list()).length, 16);

    const done = await example("prune", "prune-whole", ["temp", "0", "--whole", "--delete"]);
    assert.match(done, /^3 records, waited for a collection$/m);
    assert.deepEqual(namesOf(await images.list()), kept);
  });

  it("prune --whole keeps the labelled record, by which it finds the rest, until all others are gone", async () => {
    const service = new InMemoryImages();
    using socket = localAddress();
    await using server = await service.listen(socket.address);
    const prune = () => example("prune", "default", ["temp", "0", "--whole", "--delete"], server.address);
    service.seed(namesOfA.map((name) => ({ name, target: descriptor("a") })));
    await using images = new ImagesClient({ namespace: "default", address: server.address });
    await images.update("example.com/a:1", { labels: { temp: "yes" } });
    service.failNext("delete", "internal");
    await assert.rejects(prune(), / failed {7}example\.com\/a@/);
    assert.ok(namesOf(await images.list()).includes("example.com/a:1"));
    await prune();
    assert.deepEqual(await images.list(), []);
  });

  it("keep-last keeps the tags that were updated last, and what is no tag", async () => {
    await using images = connect("keep-last");
    const others = [`ghcr.io/team/app@${digest("a")}`, digest("b"), `moby-dangling@${digest("c")}`];
    const odd = ["app:9", "ghcr.io/Team/app:1", "ghcr.io/team/app"];
    const tags = [1, 2, 3, 4].map((tag) => `ghcr.io/team/app:${tag}`);
    const names = [...others, ...odd, ...tags, "docker.io/library/app:1"];
    for (const name of names) await images.create({ name, target: descriptor("a") });
    await images.update("ghcr.io/team/app:1", { target: descriptor("d") }); // now the newest
    // The pin of one record keeps the whole image.
    for (const name of ["ghcr.io/team/app:2", digest("b")]) await images.update(name, { target: descriptor("e") });
    await images.update(digest("b"), { labels: { [LABEL_CRI_PINNED]: "pinned" } });

    const dryRun = await example("keep-last", "keep-last", ["2"]);
    const skipped = dryRun.match(/^skipped.*$/gm)?.map((line) => line.split(/ +/)[1]);
    assert.deepEqual(skipped?.sort(), odd.toSorted());
    assert.match(dryRun, /^would-delete ghcr\.io\/team\/app:3 \n1 tags of 2 repositories$/m);
    assert.deepEqual(namesOf(await images.list()), names.toSorted());

    const done = await example("keep-last", "keep-last", ["2", "--delete"]);
    assert.match(done, /^deleted {6}ghcr\.io\/team\/app:3 \n1 tags of 2 repositories$/m);
    assert.deepEqual(namesOf(await images.list()), names.filter((name) => name !== "ghcr.io/team/app:3").sort());
  });

  it("mirror-tags reads prefixes as people write them, but not those that records have", async () => {
    await using images = connect("mirror-names");
    const mirror = (...args: string[]) => example("mirror-tags", "mirror-names", args);
    for (const name of ["docker.io/library/app:1", digest("a")]) await images.create({ name, target: descriptor("a") });
    const tagged = await mirror("app:", "team/mirror:");
    assert.equal(tagged, `tagged docker.io/team/mirror:1 ${digest("a")}\n`);
    const exact = await mirror("sha256:", "example.com/configs:");
    assert.equal(exact, `tagged example.com/configs:${"a".repeat(64)} ${digest("a")}\n`);
    await images.create({ name: "example.com/hub/team/app:1", target: descriptor("a") });
    await images.deleteMany(field.name.startsWith("docker.io/"));
    const whole = await mirror("example.com/hub/", "docker.io/"); // the registry, not its folder of official images
    assert.equal(whole, `tagged docker.io/team/app:1 ${digest("a")}\n`);
  });

  it("mirror-tags fails, and says why, if a copy cannot be deleted", async () => {
    const service = new InMemoryImages();
    using socket = localAddress();
    await using server = await service.listen(socket.address);
    service.seed(["a/app:1", "b/app:1", "b/old:1"].map((name) => ({ name, target: descriptor("a") })));
    service.failNext("delete", "internal");
    const mirror = example("mirror-tags", "default", ["a/", "b/"], server.address);
    await assert.rejects(mirror, /failed: failed b\/old:1 deleteMany "b\/old:1" in namespace "default": .*internal/);
  });

  it("mirror-tags refuses what would copy copies or delete sources", async () => {
    await using images = connect("mirror-refused");
    const mirror = (...args: string[]) => example("mirror-tags", "mirror-refused", args);
    for (const name of ["docker.io/library/app:1", "docker.io/team/app:1"])
      await images.create({ name, target: descriptor("a") });
    for (const [from, to] of [
      ["docker.io/library/", "docker.io/library/mirror/"],
      ["docker.io/library/", "docker.io/"],
    ] as const)
      await assert.rejects(mirror(from, to), /: one is below the other/);
    for (const [from, to] of [
      ["docker.io/library/", "docker.io/mirror"],
      ["docker.io/library/app", "docker.io/team/"],
      ["docker.io/library/app:", "docker.io/team/"],
    ] as const)
      await assert.rejects(mirror(from, to), /both prefixes must end with/);
    await images.create({ name: "team/short:1", target: descriptor("a") });
    await assert.rejects(mirror("team/", "example.com/m/"), /names begin with team\/ and with docker\.io\/team\//);
    await images.delete("team/short:1");
    await assert.rejects(mirror("libary/", "docker.io/team/"), /no name begins with docker\.io\/libary\//);
    assert.deepEqual(namesOf(await images.list()), ["docker.io/library/app:1", "docker.io/team/app:1"]);
  });

  it("prune --whole deletes what CRI has made of a labelled tag", async () => {
    await using kubernetes = await startDaemon("2.x", { hasCri: true });
    await using images = new ImagesClient({ namespace: "k8s.io", address: kubernetes.address });
    const target = await storeContent(kubernetes, "k8s.io", "whole");
    await using watch = images.watch();
    await images.create({ name: "example.com/whole:1", target, labels: { temp: "yes" } });
    for await (const _ of watch) {
      const records = await images.list();
      if (records.length === 2 && records.every(({ labels }) => labels["io.cri-containerd.image"] === "managed")) break;
    }
    const output = await example("prune", "k8s.io", ["temp", "0", "--whole", "--delete"], kubernetes.address);
    assert.match(output, /^2 records, waited for a collection$/m);
    assert.deepEqual(await images.list(), []);
  });
});
