import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { freeze } from "../../support/daemon/freeze.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };
const LACKS = { "1.6": 3, "1.7": 3, "2.x": 0 } as const;

for (const version of versions) {
  describe(`diagnose on containerd ${version}`, () => {
    it("tells version, images, and where they are instead", async () => {
      await using daemon = await startDaemon(version);
      await using images = new ImagesClient({ namespace: "k8s.io", address: daemon.address });
      await images.create({ name: "a", target });
      const well = await images.diagnose();
      assert.deepEqual([well.ok, well.images, well.lacks.length], [true, 1, LACKS[version]]);
      assert.ok(well.version?.includes(version.slice(0, 2)), well.version);

      const elsewhere = await images.withNamespace("default").diagnose();
      assert.deepEqual(elsewhere.namespaces, [{ name: "k8s.io", images: 1 }]);
      assert.equal(elsewhere.findings[0]?.problem, "namespace-empty");
    });

    it("names the ttrpc socket at once, as every call does", async () => {
      await using daemon = await startDaemon(version);
      const address = `${daemon.socketPath}.ttrpc`;
      assert.ok(statSync(address).isSocket());
      await using images = new ImagesClient({ namespace: "k8s.io", address });
      const { findings } = await images.diagnose();
      assert.equal(findings[0]?.problem, "not-grpc");
      assert.ok(findings[0]?.advice?.endsWith(`use ${daemon.socketPath}`), findings[0]?.advice);
      await assert.rejects(images.list(), { code: "unavailable", outcome: "not-applied", hint: findings[0]?.advice });
    });

    it("tells a frozen daemon from a dead one", async () => {
      await using daemon = await startDaemon(version);
      await using images = new ImagesClient({ namespace: "k8s.io", address: daemon.address });
      await freeze(daemon);
      const frozen = await images.diagnose({ timeoutMs: 300 });
      assert.equal(frozen.findings[0]?.problem, "silent");
      daemon.kill("SIGKILL");
      await daemon.exited;
      const dead = await images.diagnose({ timeoutMs: 300 });
      assert.equal(dead.findings[0]?.problem, "socket-stale");
    });
  });
}
