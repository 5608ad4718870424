import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ImagesClient, isNotFound } from "../../../src/index.js";
import { descriptor, freshNamespace } from "../../contract/records.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { Workers } from "./workers.js";

// Each process does a third as much in the short form.
const turnsOf = (turns: number) => (isLong ? turns : Math.ceil(turns / 3));

/**
 * Reads a record again and again until `over`, and says how often it was there; what is seen of it is given to `look`.
 * Once it is there it must not be missing.
 */
async function watching(images: ImagesClient, name: string, over: Promise<unknown>, look: (record: object) => void) {
  let isOver = false;
  const ended = over.finally(() => {
    isOver = true;
  });
  let looks = 0;
  while (!isOver) {
    const record = await images.find(name);
    assert.ok(record !== undefined || looks === 0, `${name} is missing`);
    if (record === undefined) continue;
    look({ labels: record.labels, digest: record.target.digest });
    looks += 1;
  }
  await ended;
  return looks;
}

describe("processes that work on one name", () => {
  let workers: Workers;
  before(async () => {
    workers = await Workers.start(8);
  });
  after(() => workers[Symbol.dispose]());

  for (const version of versions) {
    describe(`eight processes on containerd ${version}`, () => {
      const setUp = async () => {
        const { address } = await sharedDaemon(version);
        const namespace = freshNamespace();
        return { address, namespace, images: new ImagesClient({ namespace, address }) };
      };

      it("upsert one name: one creates, no label is lost, the record is never missing", async () => {
        const { images, ...where } = await setUp();
        const turns = turnsOf(40);
        const racing = workers.run(() => ({ ...where, what: "upsert", turns }));
        const looks = await watching(images, "contended", racing, () => {});
        const { counts, failures } = await racing;
        assert.deepEqual(failures, []);
        assert.deepEqual(counts, { created: 1, updated: workers.count * turns - 1 });
        const last = Object.fromEntries(
          Array.from({ length: workers.count }, (_, n) => [`worker-${n}`, `${turns - 1}`]),
        );
        assert.deepEqual((await images.get("contended")).labels, last);
        assert.ok(looks > 10, `${looks} looks`);
        await images.close();
      });

      it("upsert and delete one name: every upsert succeeds, and each record is deleted once", async () => {
        const { images, ...where } = await setUp();
        const turns = turnsOf(60);
        const { counts, failures } = await workers.run((worker) => ({
          ...where,
          what: worker % 2 === 0 ? "upsert" : "delete",
          turns,
        }));
        assert.deepEqual(failures, []);
        const { created = 0, updated = 0, deleted = 0 } = counts;
        assert.equal(created + updated, (workers.count / 2) * turns);
        const left = await images.deleteMany(["contended"]);
        const leftOver = left.results.filter(({ status }) => status === "deleted").length;
        assert.equal(created, deleted + leftOver);
        assert.ok(deleted > 1, `${deleted} deleted`);
        await images.close();
      });

      it("tag one name by force: it is never missing, and never half of one source and half of another", async () => {
        const { images, ...where } = await setUp();
        for (const n of ["0", "1"])
          await images.create({
            name: `source:${n}`,
            target: descriptor(n),
            labels: { source: `source:${n}`, [n]: "yes" },
          });
        await images.tag("source:0", "tagged");
        const seen = new Map<string, object>();
        const turns = turnsOf(30);
        const racing = workers.run(() => ({ ...where, what: "tag", turns }));
        await watching(images, "tagged", racing, (record) => void seen.set(JSON.stringify(record), record));
        const { counts, failures } = await racing;
        assert.deepEqual(failures, []);
        assert.deepEqual(counts, { tagged: workers.count * turns });
        const whole = ["0", "1"].map((n) => ({
          labels: { [n]: "yes", source: `source:${n}` },
          digest: descriptor(n).digest,
        }));
        for (const [text, record] of seen)
          assert.ok(
            whole.some((source) => isDeepStrictEqual(source, record)),
            text,
          );
        await images.close();
      });

      it("wait for what another process does", async () => {
        const { images, ...where } = await setUp();
        const options = { timeoutMs: 20_000 };
        const waits = [
          images.waitFor("contended", "present", options),
          images.waitFor("contended", { labels: { "worker-5": "9" } }, options),
          images.waitFor("contended", { labels: { "worker-5": "9", "worker-6": "9" } }, options),
        ];
        const { failures } = await workers.run(() => ({ ...where, what: "upsert", turns: 10 }));
        assert.deepEqual(failures, []);
        for (const image of await Promise.all(waits)) assert.equal(image.name, "contended");
        await images.delete("contended");
        await assert.rejects(images.get("contended"), isNotFound);
        await images.close();
      });
    });
  }
});
