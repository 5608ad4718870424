import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import {
  field,
  type ImagePatch,
  ImagesClient,
  isImagesError,
  type Labels,
  type MapPatch,
  type NewImage,
} from "../../src/index.js";
import { isReplaceAll } from "../../src/patch.js";
import { type Daemon, startDaemon, versions } from "../support/daemon/daemon.js";
import { isLong } from "../support/is-long.js";
import * as arbitrary from "./arbitraries.js";
import { looseCall } from "./loose-calls.js";
import { freshNamespace, namesOf, withoutTimes } from "./records.js";

// Every version has random values of its own.
const runs = (all: number) => (isLong ? all : Math.ceil(all / 2.5));

for (const version of versions) {
  describe(`on containerd ${version}`, () => {
    let daemon: Daemon;
    let images: ImagesClient;

    before(async () => {
      daemon = await startDaemon(version);
      images = client();
    });
    after(async () => {
      await images.close();
      await daemon.stop();
    });

    it("any patch on any record gives the state that the patch describes", async () => {
      const property = fc.asyncProperty(arbitrary.image, arbitrary.patch, async (image, patch) => {
        const created = await images.create(image);
        try {
          assert.deepEqual(withoutTimes(created), stored(image));
          const updated = await images.update(image.name, patch);
          assert.deepEqual(withoutTimes(updated), patched(stored(image), patch));
          assert.deepEqual(await images.get(image.name), updated);
        } finally {
          await images.delete(image.name);
        }
      });
      await fc.assert(property, { numRuns: runs(60) });
    });

    it("any name, label and annotation survives the round trip, and can be asked for", async () => {
      const property = fc.asyncProperty(arbitrary.image, arbitrary.text, arbitrary.text, async (image, key, value) => {
        const labels = Object.fromEntries([...Object.entries(image.labels ?? {}), [key, value]]);
        await images.create({ ...image, labels });
        try {
          const expected = stored({ ...image, labels });
          assert.deepEqual(withoutTimes(await images.get(image.name)), expected);
          for (const filter of [field.name.equals(image.name), field.label(key).equals(value)]) {
            assert.deepEqual((await images.list(filter)).map(withoutTimes), [expected]);
          }
        } finally {
          assert.equal(await images.delete(image.name), true);
        }
      });
      await fc.assert(property, { numRuns: runs(60) });
    });

    it("records come in the order of their names' bytes", async () => {
      const names = fc.uniqueArray(arbitrary.text, { minLength: 2, maxLength: 8 });
      const property = fc.asyncProperty(fc.tuple(names, arbitrary.descriptor), async ([names, target]) => {
        const fresh = images.withNamespace(freshNamespace());
        await Promise.all(names.map((name) => fresh.create({ name, target })));
        const ordered = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        assert.deepEqual(namesOf(await fresh.list()), ordered);
      });
      await fc.assert(property, { numRuns: runs(20) });
    });

    it("whatever is passed to whatever method, the daemon lives on and every error is the library's", async () => {
      const { pid } = daemon;
      const property = fc.asyncProperty(looseCall, async ({ run }) => {
        try {
          await run(images, client);
        } catch (error) {
          assert.ok(isImagesError(error), error instanceof Error ? error.stack : String(error));
        }
        assert.ok(daemon.alive());
      });
      await fc.assert(property, { numRuns: runs(800) });
      assert.equal(daemon.pid, pid);
      assert.ok(Array.isArray(await images.list()));
      assert.equal(Reflect.get({}, "a"), undefined, "no prototype was changed");
    });

    function client(): ImagesClient {
      return new ImagesClient({ namespace: freshNamespace(), address: daemon.address });
    }
  });
}

/** The record that a create leaves, without times. */
function stored({ name, target, labels = {} }: NewImage): ReturnType<typeof withoutTimes> {
  return { name, labels, target: { ...target, annotations: target.annotations ?? {} } };
}

/** The record that a patch leaves: the model that the server's state is compared with. */
function patched({ name, labels, target }: ReturnType<typeof stored>, patch: ImagePatch): ReturnType<typeof stored> {
  const base = patch.target ?? target;
  const annotations = patchedMap(base.annotations ?? {}, patch.annotations);
  return { name, labels: patchedMap(labels, patch.labels), target: { ...base, annotations } };
}

function patchedMap(map: Labels, patch: MapPatch | undefined): Labels {
  if (patch === undefined) return map;
  if (isReplaceAll(patch)) return patch.entries;
  const entries = new Map<string, string | null>([...Object.entries(map), ...Object.entries(patch)]);
  return Object.fromEntries([...entries].flatMap(([key, value]) => (value === null ? [] : [[key, value]])));
}
