import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { field } from "../../../src/index.js";
import { versions } from "../../support/daemon/daemon.js";
import { fetchBundle } from "../../support/daemon/fetch.js";
import { isLong } from "../../support/is-long.js";
import { ociImage } from "../../support/oci/image.js";
import { type KubernetesNode, runCtr, startNode } from "./node.js";

const BUSYBOX = "/bin/busybox";

describe("deleting all records of an image in k8s.io while its container runs", { concurrency: true }, () => {
  for (const version of isLong ? versions : (["2.x"] as const)) {
    it(`frees the content, and the container goes on, but no new one starts: containerd ${version}`, async (test) => {
      await using node = await startNode(version);
      const { images, cri, registry } = node;
      const image = await busyboxImage();
      const tag = registry.push("busybox:1", image);
      await cri.pull(tag);
      await using runtime = await containers(node);
      const id = await runtime.start(tag).catch((error: unknown) => void test.skip(`no container starts: ${error}`));
      if (id === undefined) return;

      await images.deleteMany(field.target.digest.equals(image.manifest.digest), { sync: true });

      assert.equal(await runCtr(version, node.daemon, ["content", "ls", "-q"]), "");
      assert.deepEqual(await cri.list(), []);
      const exec = ["task", "exec", "--exec-id", "1", id, BUSYBOX, "echo", "goes on"];
      assert.equal(await runCtr(version, node.daemon, exec), "goes on\n");
      await assert.rejects(runtime.start(tag), /not found/);
    });
  }
});

async function busyboxImage() {
  const busybox = readFileSync(join(await fetchBundle("runc"), "bin/busybox"));
  return ociImage("busybox", { files: { "bin/busybox": busybox }, command: [BUSYBOX, "sleep", "60"] });
}

/** Starts containers, and ends them with all that they left. */
async function containers({ version, daemon }: KubernetesNode) {
  const runc = await fetchBundle("runc");
  const dir = mkdtempSync(join(tmpdir(), "runc-"));
  const started: string[] = [];
  const own = ["--runc-binary", join(runc, "usr/sbin/runc"), "--runc-root", dir, "--fifo-dir", dir];
  return {
    start: async (image: string) => {
      const id = randomUUID(); // control groups are of the whole machine
      await runCtr(version, daemon, ["run", "--detach", "--snapshotter", "native", ...own, image, id]);
      started.push(id);
      return id;
    },
    [Symbol.asyncDispose]: async () => {
      for (const id of started) await runCtr(version, daemon, ["task", "rm", "--force", id]);
      rmSync(dir, { recursive: true });
    },
  };
}
