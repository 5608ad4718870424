import assert from "node:assert/strict";
import { isFailedPrecondition, isNotFound, isValidationError } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, digest, namesOf } from "../records.js";

export function deleting(check: Check): void {
  check("delete removes one record and says so", async (images) => {
    await images.create({ name: "app:1", target: descriptor("a") });
    await images.create({ name: "app:2", target: descriptor("a") });
    assert.equal(await images.delete("app:1"), true);
    assert.deepEqual(namesOf(await images.list()), ["app:2"]);
  });

  check("delete of a missing record is not_found, or false where that is no error", async (images) => {
    const expected = { code: "not_found", method: "delete", imageName: "app:1", outcome: "not-applied" };
    await assert.rejects(images.delete("app:1"), expected);
    await assert.rejects(images.delete("app:1", { ignoreMissing: false }), isNotFound);
    assert.equal(await images.delete("app:1", { ignoreMissing: true }), false);
    await images.create({ name: "app:1", target: descriptor("a") });
    assert.equal(await images.delete("app:1", { ignoreMissing: true }), true);
  });

  check("of many deletes of one record exactly one succeeds", async (images) => {
    await images.create({ name: "app:1", target: descriptor("a") });
    const gone = await Promise.all(Array.from({ length: 20 }, () => images.delete("app:1", { ignoreMissing: true })));
    assert.equal(gone.filter(Boolean).length, 1);
  });

  check("delete with sync waits for the garbage collection", async (images) => {
    await images.create({ name: "app:1", target: descriptor("a") });
    assert.equal(await images.delete("app:1", { sync: true }), true);
    assert.equal(await images.find("app:1"), undefined);
    await assert.rejects(images.delete("app:1", { sync: true }), isNotFound);
    assert.equal(await images.delete("app:1", { sync: true, ignoreMissing: true }), false);
  });

  check("delete with ifTarget compares first, or is refused where the server would not", async (images, { target }) => {
    await images.create({ name: "app:1", target: descriptor("a") });
    const deleting = images.delete("app:1", { ifTarget: { digest: digest("a") } });
    if (target.version === "2.x") {
      assert.equal(await deleting, true);
      assert.deepEqual(await images.list(), []);
    } else {
      const expected = { code: "failed_precondition", method: "delete", attempts: 0, outcome: "not-applied" };
      await assert.rejects(deleting, { ...expected, imageName: "app:1", hint: /containerd 2\.0/ });
      assert.deepEqual(namesOf(await images.list()), ["app:1"]);
    }
  });

  for (const fallback of [undefined, "check-then-delete"] as const) {
    const isRefused = (version: string) => version !== "2.x" && fallback === undefined;

    check(`a moved tag is failed_precondition, never not_found (fallback: ${fallback})`, async (images, context) => {
      await images.create({ name: "app:1", target: descriptor("b") });
      const ifTarget = { digest: digest("a"), fallback };
      for (const options of [{}, { ignoreMissing: true }, { sync: true }]) {
        await assert.rejects(images.delete("app:1", { ifTarget, ...options }), (error) => {
          assert.ok(isFailedPrecondition(error), String(error));
          if (isRefused(context.target.version)) return error.attempts === 0;
          assert.ok(error.message.includes(digest("b")), "the error names the other digest");
          assert.deepEqual([error.method, error.imageName, error.outcome], ["delete", "app:1", "not-applied"]);
          assert.match(error.hint ?? "", /read it again/);
          assert.ok(!("cause" in error), "a status is no second error");
          return true;
        });
      }
      assert.deepEqual(namesOf(await images.list()), ["app:1"]);
    });

    check(
      `a record that is gone is not_found, where that is asked at all (fallback: ${fallback})`,
      async (images, context) => {
        const ifTarget = { digest: digest("a"), fallback };
        const [plain, ignoring] = [{ ifTarget }, { ifTarget, ignoreMissing: true }];
        if (isRefused(context.target.version)) {
          for (const options of [plain, ignoring])
            await assert.rejects(images.delete("app:1", options), { code: "failed_precondition", attempts: 0 });
          return;
        }
        await assert.rejects(images.delete("app:1", plain), { code: "not_found", outcome: "not-applied" });
        assert.equal(await images.delete("app:1", ignoring), false);
      },
    );
  }

  check("check-then-delete works on every version, with sync too", async (images) => {
    const ifTarget = { digest: digest("a"), fallback: "check-then-delete" } as const;
    for (const sync of [false, true]) {
      await images.create({ name: "app:1", target: descriptor("a") });
      assert.equal(await images.delete("app:1", { ifTarget, sync }), true);
      assert.deepEqual(await images.list(), []);
    }
  });

  check("options that break rules are refused with their paths", async (images) => {
    await images.create({ name: "app:1", target: descriptor("a") });
    for (const [options, path] of [
      [{ ifTarget: { digest: "" } }, "ifTarget.digest"],
      [{ ifTarget: {} }, "ifTarget.digest"],
      [{ ifTarget: digest("a") }, "ifTarget"],
      [{ ifTarget: { digest: digest("a"), fallback: "none" } }, "ifTarget.fallback"],
      [{ sync: "true" }, "sync"],
      [{ ignoreMissing: 1 }, "ignoreMissing"],
      [{ force: true }, "force"],
    ] as const) {
      await assert.rejects(images.delete("app:1", options as never), (error) => {
        return isValidationError(error) && error.issues[0]?.path === path && error.imageName === "app:1";
      });
    }
    assert.deepEqual(namesOf(await images.list()), ["app:1"]);
  });
}
