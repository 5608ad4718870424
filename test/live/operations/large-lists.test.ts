import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { all, field, ImagesClient } from "../../../src/index.js";
import { descriptor, freshNamespace, namesOf } from "../../contract/records.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { Workers } from "./workers.js";

// In the long form there are as many as a large node has, which takes minutes; else few that are large, together over
// 16 MiB.
const COUNT = isLong ? 100_000 : 450;
const LARGE = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`large-${n}`, "x".repeat(4_000)]));
const LABELS = isLong ? { "example.com/owner": "somebody who has a name of the usual length" } : LARGE;

// Until they are told to stop.
const MANY = 1_000_000;

async function seed(images: ImagesClient): Promise<string[]> {
  const names = Array.from(
    { length: COUNT },
    (_, n) => `registry.example.com/team-${n % 50}/service-${n}:v1.${n % 10}`,
  );
  const queue = names.values();
  const create = async () => {
    for (const name of queue)
      await images.create({ name, target: descriptor("a"), labels: { ...LABELS, stays: "yes" } });
  };
  await Promise.all(Array.from({ length: 64 }, create));
  return names.sort();
}

describe("lists past 16 MiB", () => {
  let workers: Workers;
  before(async () => {
    workers = await Workers.start(2);
  });
  after(() => workers[Symbol.dispose]());

  // The contract suite lists past 16 MiB on every version.
  for (const version of isLong ? versions : versions.slice(-1)) {
    describe(`${COUNT} images on containerd ${version}`, () => {
      it("are listed whole while other processes create and delete", { timeout: 1_800_000 }, async (t) => {
        const { address } = await sharedDaemon(version);
        const namespace = freshNamespace();
        await using images = new ImagesClient({ namespace, address });
        const names = await seed(images);
        await assert.rejects(images.raw.list({}), { code: "resource_exhausted" });
        const quiet = performance.now();
        assert.deepEqual(namesOf(await images.list()), names);
        t.diagnostic(`list of ${COUNT}: ${Math.round(performance.now() - quiet)} ms`);

        const churning = workers.run(() => ({ address, namespace, what: "churn", turns: MANY }));
        await images.waitFor("comes:0-1", "present", { timeoutMs: 60_000 });
        const stays = field.label("stays").present();
        for (let round = 0; round < 3; round += 1) {
          const listed = namesOf(await images.list(round === 1 ? stays : all));
          assert.deepEqual(
            listed.filter((name) => !name.startsWith("comes:")),
            names,
          );
          assert.equal(new Set(listed).size, listed.length);
          if (round !== 1) assert.ok(listed.length > names.length, "nothing came meanwhile");
        }
        const iterated: string[] = [];
        for await (const { name } of images.iterate(stays)) iterated.push(name);
        assert.deepEqual(iterated.sort(), names);
        workers.stop();
        const { counts, failures } = await churning;
        assert.deepEqual(failures, []);
        assert.ok((counts["created"] ?? 0) > 10);
      });
    });
  }
});
