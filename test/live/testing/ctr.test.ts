import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { CreateImageRequestSchema, Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { fetchBundle } from "../../support/daemon/fetch.js";
import { RawConnection } from "../../support/raw-cases/call.js";
import { counterparts } from "../../support/raw-cases/versions.js";

const target = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: `sha256:${"a".repeat(64)}`,
  size: 1n,
};
const images = ["docker.io/library/b:1", "docker.io/library/a:1", "Z"] as const;
const commands = [
  ["ls", "-q"],
  ["label", "Z", "a=1", "b=2"],
  ["label", "Z", "a="],
  ["label", "--replace-all", "Z", "c=3"],
  ["label", "nope", "a=1"],
  ["ls", "-q", "labels.c==3"],
  ["ls", "-q", "name="],
  ["rm", "Z", "nope"],
  ["rm", "--sync", "docker.io/library/b:1"],
  ["ls", "-q"],
] as const;

for (const version of versions) {
  it(`ctr of ${version} prints the same in memory as on the daemon`, async () => {
    const ctr = join(await fetchBundle(`containerd-${version}`), "usr/bin/ctr");
    const daemon = await sharedDaemon(version);
    const dir = await mkdtemp(join(tmpdir(), "images-"));
    const service = new InMemoryImages({ version: counterparts[version].profile });
    try {
      const server = await service.listen(join(dir, "c.sock"));
      const [expected, actual] = await Promise.all([
        transcript(ctr, daemon.socketPath),
        transcript(ctr, server.address.slice("unix://".length)),
      ]);
      assert.deepEqual(actual, expected);
      assert.equal(expected.at(-1)?.stdout, "docker.io/library/a:1\n");
    } finally {
      await service.close();
      await rm(dir, { recursive: true });
    }
  });
}

async function transcript(ctr: string, socketPath: string) {
  using connection = new RawConnection(socketPath);
  for (const name of images) {
    const request = create(CreateImageRequestSchema, { image: { name, target } });
    const reply = await connection.call(`/${Images.typeName}/Create`, toBinary(CreateImageRequestSchema, request), {
      headers: { "containerd-namespace": "ctr" },
    });
    assert.equal(reply.code, 0, reply.message);
  }
  const printed = [];
  for (const command of commands) printed.push(await run(ctr, ["-a", socketPath, "-n", "ctr", "images", ...command]));
  return printed;
}

function run(program: string, args: readonly string[]) {
  return new Promise<{ exitCode: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      // Labels are printed in random order, and warnings with the time.
      const labels = (text: string) => (text.includes("=") ? text.trim().split(",").sort().join(",") : text);
      resolve({ exitCode: error?.code ?? 0, stdout: labels(stdout), stderr: stderr.replace(/time="[^"]*"/g, "") });
    });
  });
}
