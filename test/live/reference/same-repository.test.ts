import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { sameRepository } from "../../../src/reference/index.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";

const digest = `sha256:${"a".repeat(64)}`;
const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 1 };

/** By repository, the records that are of it. */
const records: Readonly<Record<string, readonly string[]>> = {
  app: ["docker.io/library/app:1", "docker.io/library/app:latest", `docker.io/library/app@${digest}`],
  app2: ["docker.io/library/app2:1"],
  "app/sub": ["docker.io/app/sub:1"],
  "ghcr.io/library/app": ["ghcr.io/library/app:1", `ghcr.io/library/app@${digest}`],
  "localhost:5000/app": ["localhost:5000/app:1"],
  "[::1]:5000/a.pp": ["[::1]:5000/a.pp:1"],
  "[::1]:5000/axpp": ["[::1]:5000/axpp:1"],
};

describe("sameRepository lists the records of one repository", () => {
  for (const version of versions) {
    it(`containerd ${version}`, async () => {
      const { address } = await sharedDaemon(version);
      await using images = new ImagesClient({ address, namespace: `same-repository-${process.pid}` });
      const names = [...Object.values(records).flat(), "app:1", `moby-dangling@${digest}`, digest];
      for (const name of names) await images.create({ name, target });
      for (const [repository, own] of Object.entries(records)) {
        const listed = await images.list(sameRepository(repository));
        assert.deepEqual(listed.map(({ name }) => name).sort(), [...own].sort(), repository);
      }
    });
  }
});
