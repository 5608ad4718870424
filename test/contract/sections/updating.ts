import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import {
  fieldPaths,
  type Image,
  type ImagePatch,
  type ImagesClient,
  isNotFound,
  isValidationError,
  replaceAll,
} from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, withoutTimes } from "../records.js";

const annotated = { ...descriptor("a"), annotations: { x: "1", y: "2" } };

function createApp(images: ImagesClient): Promise<Image> {
  return images.create({ name: "app:1", target: annotated, labels: { env: "dev", "a.b/c": "1" } });
}

export function updating(check: Check): void {
  // Each patch with its mask and the record that it leaves, where the record above was before.
  const cases: readonly (readonly [ImagePatch, readonly string[], Partial<Pick<Image, "labels" | "target">>])[] = [
    [{ labels: { env: "prod" } }, ["labels.env"], { labels: { env: "prod", "a.b/c": "1" } }],
    [{ labels: { env: null } }, ["labels.env"], { labels: { "a.b/c": "1" } }],
    [{ labels: { absent: null } }, ["labels.absent"], {}],
    [
      { labels: { "a.b/c": "2", new: "n" } },
      ["labels.a.b/c", "labels.new"],
      { labels: { env: "dev", "a.b/c": "2", new: "n" } },
    ],
    [{ labels: replaceAll({ only: "1" }) }, ["labels"], { labels: { only: "1" } }],
    [{ labels: replaceAll({}) }, ["labels"], { labels: {} }],
    [{ target: descriptor("b") }, ["target"], { target: { ...descriptor("b"), annotations: {} } }],
    [
      { annotations: { x: "9", z: "3" } },
      ["annotations.x", "annotations.z"],
      { target: { ...annotated, annotations: { x: "9", y: "2", z: "3" } } },
    ],
    [{ annotations: { x: null } }, ["annotations.x"], { target: { ...annotated, annotations: { y: "2" } } }],
    [{ annotations: replaceAll({ q: "1" }) }, ["annotations"], { target: { ...annotated, annotations: { q: "1" } } }],
    [
      {
        target: { ...descriptor("b"), annotations: { x: "5", w: "6" } },
        annotations: { x: null, v: "7" },
        labels: { env: "prod" },
      },
      ["target", "annotations.x", "annotations.v", "labels.env"],
      { target: { ...descriptor("b"), annotations: { w: "6", v: "7" } }, labels: { env: "prod", "a.b/c": "1" } },
    ],
    [
      { labels: replaceAll({ only: "1" }), target: descriptor("b"), annotations: replaceAll({ q: "1" }) },
      ["target", "annotations", "labels"],
      { target: { ...descriptor("b"), annotations: { q: "1" } }, labels: { only: "1" } },
    ],
  ];

  for (const [patch, paths, changes] of cases) {
    check(`update of ${paths.join(", ")} changes that and nothing else: ${JSON.stringify(patch)}`, async (images) => {
      const before = await createApp(images);
      assert.deepEqual(fieldPaths(patch), paths);
      const image = await images.update("app:1", patch);
      assert.deepEqual(withoutTimes(image), { ...withoutTimes(before), ...changes });
      assert.deepEqual(image.createdAt, before.createdAt);
      assert.ok(image.updatedAt >= before.updatedAt);
      assert.deepEqual(await images.get("app:1"), image);
    });
  }

  check("label keys are verbatim, whatever is in them", async (images) => {
    await createApp(images);
    const keys = [
      "a b",
      " a ",
      'a"b',
      "a\nb",
      "a,b",
      "a=b",
      "a\\b",
      "a`b",
      "é",
      "😀",
      "..",
      "a.",
      ".a",
      "labels.x",
      "*",
    ];
    const labels = Object.fromEntries(keys.map((key) => [key, `of ${key}`]));
    assert.deepEqual((await images.update("app:1", { labels })).labels, { env: "dev", "a.b/c": "1", ...labels });
    const removal = Object.fromEntries(keys.map((key) => [key, null]));
    assert.deepEqual((await images.update("app:1", { labels: removal })).labels, { env: "dev", "a.b/c": "1" });
  });

  check("an update without effect still moves updatedAt", async (images) => {
    const before = await createApp(images);
    const image = await images.update("app:1", { labels: { env: "dev" } });
    assert.deepEqual(withoutTimes(image), withoutTimes(before));
    assert.deepEqual(image.createdAt, before.createdAt);
    // A Date has milliseconds only, and the server's clock is this machine's.
    for (const startMs = Date.now(); Date.now() - startMs < 2; ) await turn();
    const again = await images.update("app:1", { labels: { env: "dev" } });
    assert.ok(again.updatedAt > image.updatedAt, `${again.updatedAt.toISOString()}, ${image.updatedAt.toISOString()}`);
  });

  check("update of a missing record is not_found and creates nothing", async (images) => {
    await assert.rejects(images.update("app:1", { labels: { env: "dev" } }), { code: "not_found", method: "update" });
    await assert.rejects(images.update("app:1", { target: descriptor("a") }), isNotFound);
    assert.deepEqual(await images.list(), []);
  });

  check("writers of different labels never undo each other", async (images, { target, namespace }) => {
    await createApp(images);
    await using other = target.client(namespace);
    const writers = [images, other].flatMap((client, writer) =>
      Array.from({ length: 25 }, (_, i) => client.update("app:1", { labels: { [`w${writer}.${i}`]: "kept" } })),
    );
    await Promise.all([...writers, images.update("app:1", { target: descriptor("c") })]);
    const { labels, target: stored } = await images.get("app:1");
    assert.equal(Object.values(labels).filter((value) => value === "kept").length, 50);
    assert.equal(labels["env"], "dev");
    assert.equal(stored.digest, descriptor("c").digest);
  });

  check("a patch that breaks rules is refused with its paths", async (images) => {
    const before = await createApp(images);
    const noObject = "labels";
    for (const [patch, ...paths] of [
      [{}, "patch"],
      [{ labels: {} }, "patch"],
      [{ labels: { env: "" } }, "labels.env"],
      [{ labels: { "": null } }, 'labels[""]'],
      [{ labels: { env: undefined } }, "labels.env"],
      [{ labels: replaceAll({ env: "" }) }, "labels.env"],
      [{ labels: new Map([["env", "prod"]]) }, noObject],
      [{ labels: null }, noObject],
      [{ label: { env: "prod" } }, "label", "patch"],
      [{ target: { ...descriptor("a"), size: 0 } }, "target.size"],
      [{ annotations: { k: 1 } }, "annotations.k"],
      [undefined, "patch"],
    ] as const) {
      await assert.rejects(images.update("app:1", patch as never), (error) => {
        assert.ok(isValidationError(error), String(error));
        assert.deepEqual(
          error.issues.map(({ path }) => path),
          paths,
        );
        return error.imageName === "app:1" && error.attempts === 0;
      });
    }
    assert.deepEqual(await images.get("app:1"), before);
  });

  check("an empty value is refused with the advice to use null", async (images) => {
    await assert.rejects(images.update("app:1", { labels: { env: "" } }), { message: /use null/ });
  });

  check("replace puts a whole record in the place of another", async (images) => {
    const before = await createApp(images);
    const image = await images.replace({ name: "app:1", target: descriptor("b"), labels: { new: "1" } });
    const target = { ...descriptor("b"), annotations: {} };
    assert.deepEqual(withoutTimes(image), { name: "app:1", target, labels: { new: "1" } });
    assert.deepEqual(image.createdAt, before.createdAt);
    assert.deepEqual(await images.get("app:1"), image);
    const bare = await images.replace({ ...image, labels: undefined });
    assert.deepEqual(bare.labels, {});
  });

  check("replace of a missing record is not_found and creates nothing", async (images) => {
    const replacing = images.replace({ name: "app:1", target: descriptor("a") });
    await assert.rejects(replacing, { code: "not_found", method: "replace", imageName: "app:1" });
    assert.deepEqual(await images.list(), []);
  });

  check(
    "a source date is stored as updatedAt, or refused where the server would ignore it",
    async (images, context) => {
      const before = await createApp(images);
      const sourceDateEpoch = new Date(981_173_106_789);
      const patch = { labels: { env: "prod" } };
      if (context.target.version === "1.6") {
        const expected = { code: "failed_precondition", attempts: 0, outcome: "not-applied", hint: /containerd 1\.7/ };
        await assert.rejects(images.update("app:1", patch, { sourceDateEpoch }), expected);
        await assert.rejects(images.replace({ ...before, labels: {} }, { sourceDateEpoch }), expected);
        assert.deepEqual(await images.get("app:1"), before);
      } else {
        const updated = await images.update("app:1", patch, { sourceDateEpoch });
        assert.deepEqual([updated.createdAt, updated.updatedAt], [before.createdAt, sourceDateEpoch]);
        const replaced = await images.replace({ ...before, labels: {} }, { sourceDateEpoch: new Date(0) });
        assert.deepEqual([replaced.createdAt, replaced.updatedAt], [before.createdAt, new Date(0)]);
      }
    },
  );
}
