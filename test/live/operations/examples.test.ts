import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { descriptor, namesOf } from "../../contract/records.js";
import { type Daemon, sharedDaemon } from "../../support/daemon/daemon.js";
import { run } from "../../support/programs/run.js";

// The first cannot delete by condition, the last can.
for (const version of ["1.6", "2.x"] as const) {
  describe(`examples on containerd ${version}`, () => {
    let daemon: Daemon;
    before(async () => {
      daemon = await sharedDaemon(version);
    });

    const connect = (namespace: string) => new ImagesClient({ namespace, address: daemon.address });
    const example = (name: string, namespace: string, args: readonly string[]) =>
      run(`examples/${name}.ts`, { CONTAINERD_ADDRESS: daemon.address, CONTAINERD_NAMESPACE: namespace }, args);

    it("prune goes by age and label, and deletes only when told to", async () => {
      await using images = connect("prune");
      await images.create({ name: "old:1", target: descriptor("a"), labels: { temp: "yes" } });
      await images.create({ name: "old:2", target: descriptor("b"), labels: { temp: "yes" } });
      await images.create({ name: "kept:1", target: descriptor("a"), labels: { env: "prod" } });
      assert.match(
        await example("prune", "prune", ["temp", "1", "--delete"]),
        /^0 records, waited for no collection$/m,
      );
      const dryRun = await example("prune", "prune", ["temp", "0"]);
      assert.match(dryRun, /^would-delete old:1 \nwould-delete old:2 \n2 records/);
      assert.equal((await images.list()).length, 3);
      const done = await example("prune", "prune", ["temp", "0", "--delete"]);
      assert.match(done, /^deleted {6}old:1 \ndeleted {6}old:2 \n2 records, waited for a collection\n$/);
      assert.deepEqual(namesOf(await images.list()), ["kept:1"]);
    });

    it("mirror-tags follows what is tagged, moved and deleted", async () => {
      await using images = connect("mirror");
      const mirror = () => example("mirror-tags", "mirror", ["docker.io/", "mirror.example.com/"]);
      await images.create({ name: "docker.io/app:1", target: descriptor("a"), labels: { env: "dev" } });
      await images.create({ name: "docker.io/app:2", target: descriptor("b") });
      await mirror();
      assert.deepEqual((await images.get("mirror.example.com/app:1")).labels, { env: "dev" });
      assert.equal(await mirror(), "");
      await images.update("docker.io/app:1", { target: descriptor("c") });
      await images.delete("docker.io/app:2");
      const output = await mirror();
      assert.match(output, /^tagged mirror\.example\.com\/app:1 sha256:c{64}\ndeleted mirror\.example\.com\/app:2\n$/);
      const names = ["docker.io/app:1", "mirror.example.com/app:1"];
      assert.deepEqual(namesOf(await images.list()), names);
    });

    after(() => assert.ok(daemon.alive()));
  });
}
