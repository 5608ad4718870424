import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  all,
  isFailedPrecondition,
  LABEL_GC_EXPIRE,
  LABEL_GC_REF_CONTENT,
  LABEL_GC_REF_IMAGE,
  LABEL_GC_REF_SNAPSHOT,
} from "../../../src/index.js";
import { versions } from "../../support/daemon/daemon.js";
import { digestOf, Garbage } from "./garbage.js";

const PAST = "2001-01-01T00:00:00Z";

/**
 * Labels that systems set elsewhere, on content, leases or containers; and some that look like those with an effect.
 */
const WITHOUT_EFFECT = [
  "containerd.io/gc.root",
  "containerd.io/gc.flat",
  "containerd.io/gc.ref.contents",
  "containerd.io/distribution.source.docker.io",
  "buildkit/createdat",
  "nerdctl/platform",
];

describe("the labels of an image record that containerd reads", { concurrency: true }, () => {
  for (const version of versions) {
    describe(`on ${version}`, { concurrency: 1 }, () => {
      const expires = version === "2.x";
      let garbage: Garbage;
      before(async () => {
        garbage = await Garbage.start(version);
      });
      after(() => garbage[Symbol.asyncDispose]());

      it("gc.ref.content keeps content as long as the record exists, under any number of names", async () => {
        const keys = ["", ".sbom", "/sbom"].map((suffix) => LABEL_GC_REF_CONTENT + suffix);
        await garbage.record("keeper", Object.fromEntries(keys.map((key) => [key, digestOf(key)])));
        for (const text of [...keys, "nobody's"]) await garbage.content(text);
        await garbage.collect();
        assert.deepEqual([...(await garbage.storedContent())].sort(), keys.map(digestOf).sort());
        await garbage.images.delete("keeper", { sync: true });
        assert.deepEqual(await garbage.storedContent(), []);
      });

      it("gc.ref.snapshot keeps snapshots of a snapshotter as long as the record exists", async () => {
        const labels = {
          [`${LABEL_GC_REF_SNAPSHOT}.native`]: "one",
          [`${LABEL_GC_REF_SNAPSHOT}.native/2`]: "two",
          [`${LABEL_GC_REF_SNAPSHOT}.overlayfs`]: "of-another",
          [LABEL_GC_REF_SNAPSHOT]: "of-none",
        };
        await garbage.record("keeper", labels);
        for (const key of ["one", "two", "of-another", "of-none"]) await garbage.snapshot(key);
        await garbage.collect();
        assert.deepEqual([...(await garbage.storedSnapshots())].sort(), ["one", "two"]);
        await garbage.images.delete("keeper", { sync: true });
        assert.deepEqual(await garbage.storedSnapshots(), []);
      });

      it(`gc.expire ${expires ? "lets the next collection delete the record" : "has no effect"}`, async () => {
        await garbage.record("expired", { [LABEL_GC_EXPIRE]: PAST });
        await garbage.record("lasting", { [LABEL_GC_EXPIRE]: "2999-01-01T00:00:00Z" });
        await garbage.collect();
        const names = (await garbage.images.list()).map(({ name }) => name);
        assert.deepEqual(names, expires ? ["lasting"] : ["expired", "lasting"]);
        for (const name of names) await garbage.images.delete(name);
      });

      it("gc.expire has no effect with a value that is no time in RFC 3339", async () => {
        const values = ["2001-01-01", "tomorrow"];
        for (const value of values) await garbage.record(value, { [LABEL_GC_EXPIRE]: value });
        await garbage.collect();
        const names = (await garbage.images.list()).map(({ name }) => name);
        assert.deepEqual(names, values);
        await garbage.images.deleteMany(values);
      });

      it("a lease that has expired is accepted until a collection deletes it with the records that it kept", async () => {
        await garbage.collect(); // of what was deleted before, so that no collection begins before the writes
        await garbage.lease("lasting", "24h");
        await garbage.lease("expired", "1ms");
        for (const id of ["lasting", "expired"])
          await garbage.record(id, { [LABEL_GC_EXPIRE]: PAST }, garbage.images.withLease(id));
        await garbage.collect();
        const names = (await garbage.images.list()).map(({ name }) => name);
        assert.deepEqual(names, expires ? ["lasting"] : ["expired", "lasting"]);
        const late = garbage.record("late", { [LABEL_GC_EXPIRE]: PAST }, garbage.images.withLease("expired"));
        await (expires ? assert.rejects(late, isFailedPrecondition) : late);
        await garbage.images.deleteMany(all, { everything: true });
      });

      it("gc.ref.image keeps another record from expiring", async () => {
        const keeper = { [LABEL_GC_REF_IMAGE]: "first", [`${LABEL_GC_REF_IMAGE}.2`]: "second" };
        await garbage.record("keeper", keeper);
        for (const name of ["first", "second"]) await garbage.record(name, { [LABEL_GC_EXPIRE]: PAST });
        await garbage.collect();
        assert.equal((await garbage.images.list()).length, 3);
        await garbage.images.delete("keeper", { sync: true });
        assert.equal((await garbage.images.list()).length, expires ? 0 : 2);
        for (const name of ["first", "second"]) await garbage.images.delete(name, { ignoreMissing: true });
      });

      it("others keep neither content nor the record", async () => {
        const labels = Object.fromEntries(WITHOUT_EFFECT.map((key) => [key, digestOf("kept by none")]));
        await garbage.record("record", labels);
        await garbage.record("expired", { ...labels, [LABEL_GC_EXPIRE]: PAST });
        await garbage.content("kept by none");
        await garbage.collect();
        assert.deepEqual(await garbage.storedContent(), []);
        assert.equal((await garbage.images.list()).length, expires ? 1 : 2);
        assert.deepEqual({ ...(await garbage.images.get("record")).labels }, labels);
      });
    });
  }
});
