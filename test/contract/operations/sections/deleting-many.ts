import assert from "node:assert/strict";
import { all, anyOf, type DeleteManyResult, field, isValidationError, parse } from "../../../../src/index.js";
import type { Check } from "../../check.js";
import { descriptor, namesOf } from "../../records.js";

const temporary = field.label("env").equals("temp");

/** `name status`, as they come. */
function lines({ results }: DeleteManyResult): string[] {
  return results.map(({ name, status }) => `${name} ${status}`);
}

export function deletingMany(check: Check): void {
  check("deletes by name and says of each what became of it", async (images) => {
    for (const name of ["a", "b", "c"]) await images.create({ name, target: descriptor("a") });
    const result = await images.deleteMany(["c", "gone", "a", "c"]);
    assert.deepEqual(lines(result), ["c deleted", "gone missing", "a deleted"]);
    assert.equal(result.gcWaited, false);
    assert.deepEqual(namesOf(await images.list()), ["b"]);
    assert.deepEqual(await images.deleteMany([]), { results: [], gcWaited: false });
  });

  check("deletes what a filter matches, in the order of names", async (images) => {
    for (const name of ["b", "é", "Z", "a"])
      await images.create({ name, target: descriptor("a"), labels: { env: "temp" } });
    await images.create({ name: "kept", target: descriptor("a"), labels: { env: "prod" } });
    assert.deepEqual(lines(await images.deleteMany(temporary)), ["Z deleted", "a deleted", "b deleted", "é deleted"]);
    assert.deepEqual(namesOf(await images.list()), ["kept"]);
    assert.deepEqual(await images.deleteMany(temporary), { results: [], gcWaited: false });
  });

  check("deletes records that were read, but not one that points elsewhere since", async (images) => {
    const records = [];
    for (const name of ["a", "b", "c"]) records.push(await images.create({ name, target: descriptor("a") }));
    await images.update("b", { target: descriptor("b") });
    await images.delete("c");
    const expected = ["a deleted", "b changed", "c missing"];
    const dryRun = await images.deleteMany(records, { dryRun: true });
    assert.deepEqual(lines(dryRun), ["a would-delete", ...expected.slice(1)]);
    const result = await images.deleteMany(records, { sync: true });
    assert.deepEqual(lines(result), expected);
    const reasons = [dryRun, result].map(({ results }) => results[1]?.error?.message);
    assert.match(reasons[0] ?? "", /it points at sha256:b+, not sha256:a+/);
    assert.equal(reasons[1], reasons[0]);
    assert.equal(result.gcWaited, true);
    assert.deepEqual(lines(await images.deleteMany([{ name: "b", target: descriptor("b") }, "x"])), [
      "b deleted",
      "x missing",
    ]);
  });

  check(
    "keeps a record whose labels have changed, also if its writer has kept the date",
    async (images, { target }) => {
      // 1.6 stores no date of a writer.
      const dated = target.version === "1.6" ? {} : { sourceDateEpoch: new Date("2001-02-03T04:05:06.789Z") };
      const read = [];
      for (const name of ["a", "b", "c"])
        read.push(await images.create({ name, target: descriptor("a"), labels: { env: "temp" } }, dated));
      await images.update("b", { labels: { env: "prod" } }, dated);
      await images.update("c", { labels: { keep: "yes" } }, dated);
      const expected = ["a deleted", "b changed", "c changed"];
      assert.deepEqual(lines(await images.deleteMany(read, { dryRun: true })).slice(1), expected.slice(1));
      assert.deepEqual(lines(await images.deleteMany(read)), expected);
      // Labels are a part of what `updatedAt` stands for: without it, only the digest and the creation count.
      const withoutUpdate = read.map((image) => ({ ...image, updatedAt: undefined }));
      assert.deepEqual(lines(await images.deleteMany(withoutUpdate)), ["a missing", "b deleted", "c deleted"]);
    },
  );

  check("a dry run deletes nothing", async (images) => {
    for (const name of ["a", "b"]) await images.create({ name, target: descriptor("a"), labels: { env: "temp" } });
    const dryRun = { dryRun: true, sync: true };
    const byName = await images.deleteMany(["b", "gone", "a"], dryRun);
    assert.deepEqual(lines(byName), ["b would-delete", "gone missing", "a would-delete"]);
    const byFilter = await images.deleteMany(temporary, dryRun);
    assert.deepEqual(lines(byFilter), ["a would-delete", "b would-delete"]);
    assert.deepEqual([byName.gcWaited, byFilter.gcWaited], [false, false]);
    assert.deepEqual(namesOf(await images.list()), ["a", "b"]);
  });

  check("with sync one garbage collection is waited for, by the last record that is there", async (images) => {
    for (const name of ["a", "b", "c"]) await images.create({ name, target: descriptor("a"), labels: { env: "temp" } });
    const byName = await images.deleteMany(["a", "gone"], { sync: true });
    assert.deepEqual(lines(byName), ["a deleted", "gone missing"]);
    assert.equal(byName.gcWaited, true);
    assert.equal((await images.deleteMany(temporary, { sync: true })).gcWaited, true);
    assert.deepEqual(await images.list(), []);
  });

  check("with sync nothing is waited for where nothing was deleted", async (images) => {
    const result = await images.deleteMany(["gone", "gone too"], { sync: true });
    assert.deepEqual(lines(result), ["gone missing", "gone too missing"]);
    assert.equal(result.gcWaited, false);
    assert.deepEqual(await images.deleteMany(temporary, { sync: true }), { results: [], gcWaited: false });
  });

  check("a filter for everything is refused unless it is asked for", async (images) => {
    await images.create({ name: "a", target: descriptor("a") });
    for (const filter of [all, all.or(temporary), parse(""), parse("name==x", "")]) {
      await assert.rejects(images.deleteMany(filter), (error) => {
        assert.ok(isValidationError(error));
        assert.equal(error.issues[0]?.path, "filter");
        assert.match(error.message, /everything: true/);
        return true;
      });
      await assert.rejects(images.deleteMany(filter, { everything: false, dryRun: true }), isValidationError);
    }
    assert.deepEqual(namesOf(await images.list()), ["a"]);
    assert.deepEqual(lines(await images.deleteMany(all, { everything: true })), ["a deleted"]);
  });

  check("what is neither names nor a filter is refused", async (images) => {
    const noDigest = { ...descriptor("a"), digest: "" };
    const records: unknown[] = [
      [{ name: "a" }],
      [{ name: "a", target: noDigest }],
      [{ target: descriptor("a") }],
      [null],
    ];
    const refused = ["a", undefined, null, {}, new Set(["a"]), [""], [1], ["a", "\ud800"], ...records];
    for (const which of refused) {
      // Programs in JavaScript can pass anything.
      await assert.rejects(images.deleteMany(which as string[]), isValidationError, String(which));
    }
    for (const concurrency of [0, 1.5, 1_001, Number.NaN])
      await assert.rejects(images.deleteMany(["a"], { concurrency }), isValidationError);
    await assert.rejects(images.deleteMany(parse("name~=(")), isValidationError);
  });

  check("a signal that is aborted leaves the rest alone and says so", async (images) => {
    for (const name of ["a", "b"]) await images.create({ name, target: descriptor("a") });
    const result = await images.deleteMany(["a", "b"], { signal: AbortSignal.abort(), sync: true });
    assert.deepEqual(lines(result), ["a skipped", "b skipped"]);
    assert.equal(result.gcWaited, false);
    assert.deepEqual(namesOf(await images.list()), ["a", "b"]);
  });

  check("many are deleted, however few at a time", async (images) => {
    const names = Array.from({ length: 50 }, (_, n) => `app:${n}`);
    for (const concurrency of [1, 7, 1_000]) {
      await Promise.all(names.map((name) => images.create({ name, target: descriptor("a"), labels: { env: "temp" } })));
      const { results } = await images.deleteMany(anyOf(temporary, field.name.equals("x")), {
        concurrency,
        sync: true,
      });
      assert.equal(results.filter(({ status }) => status === "deleted").length, names.length);
    }
    assert.deepEqual(await images.list(), []);
  });
}
