import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import {
  type DockerEngine,
  type EngineVersion,
  engines,
  startDocker,
  withoutDocker,
} from "../../support/daemon/docker.js";
import { tar } from "../../support/oci/tar.js";
import { DOCKER_NAMESPACE, loadBusybox } from "./engine.js";

// What `docker info` names when the image store is on.
const IMAGE_STORE = "io.containerd.snapshotter.v1";

describe("Docker without its containerd image store", { concurrency: true, skip: withoutDocker }, () => {
  for (const version of Object.keys(engines) as EngineVersion[]) {
    it(`keeps no records in containerd, in ${version}`, async () => {
      await using docker = await startDocker(version, { hasImageStore: false });
      await docker.api.import("elsewhere:1", tar({ file: "content" }));
      assert.deepEqual(
        (await docker.api.listImages()).map(({ RepoTags }) => RepoTags),
        [["elsewhere:1"]],
      );
      await using images = new ImagesClient({ address: docker.address, namespace: DOCKER_NAMESPACE });
      assert.deepEqual(await images.list(), []);
      assert.notEqual(await docker.api.driverType(), IMAGE_STORE);
    });
  }
});

describe("an engine of the tests", { concurrency: true, skip: withoutDocker }, () => {
  for (const version of Object.keys(engines) as EngineVersion[]) {
    it(`ends with its containers, and leaves no process, mount, file or control group, in ${version}`, async () => {
      const docker = await startDocker(version);
      assert.equal(await docker.api.driverType(), IMAGE_STORE);
      await loadBusybox(docker, "running:1", "sleep", "1000");
      await docker.api.startContainer(await docker.api.createContainer("running:1"));
      assert.notDeepEqual(processesOf(docker), []);
      await docker[Symbol.asyncDispose]();
      assert.deepEqual(processesOf(docker), []);
      assert.deepEqual([docker.dir, ...groupsOf(docker)].filter(existsSync), []);
      assert.ok(!readFileSync("/proc/mounts", "utf8").includes(docker.dir));
    });
  }
});

function groupsOf({ dir }: DockerEngine): readonly string[] {
  const root = "/sys/fs/cgroup";
  return ["", ...readdirSync(root)].map((hierarchy) => join(root, hierarchy, basename(dir)));
}

function processesOf({ dir }: DockerEngine): readonly string[] {
  return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(dir));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "cmdline"), "utf8");
  } catch {
    return ""; // it has ended
  }
}
