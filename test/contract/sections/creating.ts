import assert from "node:assert/strict";
import { isAlreadyExists, isFailedPrecondition, isValidationError, type NewImage } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, namesOf, withoutTimes } from "../records.js";

export function creating(check: Check): void {
  check("create gives the stored record, with empty maps where none were given", async (images) => {
    const image = await images.create({ name: "app:1", target: descriptor("a") });
    const target = { ...descriptor("a"), annotations: {} };
    assert.deepEqual(withoutTimes(image), { name: "app:1", labels: {}, target });
    assert.deepEqual(await images.list(), [image]);
  });

  check("create of a name that is taken is already_exists and changes nothing", async (images) => {
    const image = await images.create({ name: "app:1", target: descriptor("a"), labels: { env: "dev" } });
    const again = images.create({ name: "app:1", target: descriptor("b") });
    await assert.rejects(again, (error) => isAlreadyExists(error) && error.outcome === "not-applied");
    assert.deepEqual(await images.get("app:1"), image);
  });

  check("of many creates of one name exactly one succeeds", async (images) => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        images.create({ name: "app:1", target: descriptor("a"), labels: { writer: `${i}` } }),
      ),
    );
    const won = attempts.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const lost = attempts.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    assert.deepEqual(won, [await images.get("app:1")]);
    assert.equal(lost.filter(isAlreadyExists).length, 19);
  });

  check("a record that was read can be created under another name", async (images) => {
    const target = { ...descriptor("a"), annotations: { kept: "1" } };
    const image = await images.create({ name: "app:1", target, labels: { env: "dev" } });
    const copy = await images.create({ ...image, name: "app:copy" });
    assert.deepEqual(withoutTimes(copy), { ...withoutTimes(image), name: "app:copy" });
    assert.ok(copy.createdAt >= image.createdAt, "the server sets the times");
  });

  check("a name can be used again after a delete", async (images) => {
    await images.create({ name: "app:1", target: descriptor("a"), labels: { old: "1" } });
    await images.delete("app:1");
    const image = await images.create({ name: "app:1", target: descriptor("b") });
    assert.deepEqual(image.labels, {});
  });

  check("what the caller changes after the call is not sent", async (images) => {
    const labels: Record<string, string> = { env: "dev" };
    const image = { name: "app:1", target: { ...descriptor("a") }, labels };
    const creating = images.create(image);
    image.name = "other";
    labels["env"] = "changed";
    image.target = descriptor("b");
    const { name, labels: stored, target } = await creating;
    assert.deepEqual({ name, stored, target }, { name: "app:1", stored: { env: "dev" }, target: withMaps("a") });
  });

  check("every digest algorithm of containerd is accepted", async (images) => {
    for (const digest of [`sha256:${"0".repeat(64)}`, `sha384:${"1".repeat(96)}`, `sha512:${"2".repeat(128)}`]) {
      const image = await images.create({ name: digest, target: { ...descriptor("a"), digest } });
      assert.equal(image.target.digest, digest);
    }
  });

  check("input that breaks rules is refused with the path of each, and nothing is stored", async (images) => {
    const good: NewImage = { name: "app:1", target: descriptor("a") };
    const big = "v".repeat(4_096);
    for (const [image, ...paths] of [
      [{ ...good, name: "" }, "name"],
      [{ ...good, name: "lone \ud800" }, "name"],
      [{ ...good, name: "n".repeat(4_097) }, "name"],
      [{ ...good, target: { ...descriptor("a"), digest: "sha256:abc" } }, "target.digest"],
      [{ ...good, target: { ...descriptor("a"), digest: `md5:${"a".repeat(32)}` } }, "target.digest"],
      [{ ...good, target: { ...descriptor("a"), digest: `sha256:${"A".repeat(64)}` } }, "target.digest"],
      [{ ...good, target: { ...descriptor("a"), size: 0 } }, "target.size"],
      [{ ...good, target: { ...descriptor("a"), size: 1.5 } }, "target.size"],
      [{ ...good, target: { ...descriptor("a"), size: 2 ** 53 } }, "target.size"],
      [{ ...good, target: { ...descriptor("a"), mediaType: "" } }, "target.mediaType"],
      [{ name: "", target: { mediaType: "", digest: "", size: -1 } }, "name", ...targetPaths],
      [{ ...good, labels: { empty: "" } }, "labels.empty"],
      [{ ...good, labels: { "": "v" } }, 'labels[""]'],
      [{ ...good, labels: { "a.b": big } }, 'labels["a.b"]'],
      [{ ...good, labels: { a: "\udfff", b: big } }, "labels.a", "labels.b"],
    ] as const) {
      await assert.rejects(images.create(image), (error) => {
        assert.ok(isValidationError(error), String(error));
        assert.deepEqual(
          error.issues.map(({ path }) => path),
          paths,
        );
        return error.code === "invalid_argument" && error.attempts === 0 && error.outcome === "not-applied";
      });
    }
    assert.deepEqual(namesOf(await images.list()), []);
  });

  check("what is no plain object is refused, not emptied", async (images) => {
    for (const labels of [new Map([["env", "dev"]]), new (class Labels {})(), [["env", "dev"]], "env=dev", null]) {
      await assert.rejects(images.create({ name: "app:1", target: descriptor("a"), labels: labels as never }), {
        name: "ValidationError",
        message: /labels: must be a plain object/,
      });
    }
    const bare: Record<string, string> = Object.assign(Object.create(null), { env: "dev" });
    const image = await images.create({ name: "app:1", target: descriptor("a"), labels: bare });
    assert.deepEqual(image.labels, { env: "dev" });
  });

  check("unknown fields and undefined labels are refused", async (images) => {
    const good: NewImage = { name: "app:1", target: descriptor("a") };
    for (const [image, path] of [
      [{ ...good, label: { env: "dev" } }, "label"],
      [{ ...good, target: { ...good.target, platform: "linux" } }, "target.platform"],
      [{ ...good, labels: { env: undefined } }, "labels.env"],
    ] as const) {
      await assert.rejects(images.create(image as never), (error) => {
        return isValidationError(error) && error.issues.length === 1 && error.issues[0]?.path === path;
      });
    }
  });

  check("a request over 16 MiB is refused, and the client goes on", async (images) => {
    const annotations = { big: "x".repeat(16 * 2 ** 20) };
    const creating = images.create({ name: "app:1", target: { ...descriptor("a"), annotations } });
    await assert.rejects(creating, { name: "ValidationError", message: /16777152/, imageName: "app:1", attempts: 0 });
    assert.deepEqual(await images.list(), []);
  });

  check("the largest record that is accepted can be read", async (images) => {
    const sized = (length: number) => {
      const annotations = { big: "x".repeat(length) };
      return { name: "app:1", target: { ...descriptor("a"), annotations } };
    };
    const length = 16 * 2 ** 20;
    const error: unknown = await images.create(sized(length)).catch((reason: unknown) => reason);
    const [, takes, most] = /takes (\d+) bytes; (?:.* )?at most (\d+)/.exec(String(error)) ?? [];
    await images.create(sized(length - Number(takes) + Number(most)));
    await images.get("app:1");
    assert.equal((await images.list()).length, 1);
  });

  check(
    "a source date is stored as both times, or refused where the server would ignore it",
    async (images, context) => {
      const sourceDateEpoch = new Date("2001-02-03T04:05:06.789Z");
      const creating = images.create({ name: "app:1", target: descriptor("a") }, { sourceDateEpoch });
      if (context.target.version === "1.6") {
        const expected = { code: "failed_precondition", method: "create", attempts: 0, outcome: "not-applied" };
        await assert.rejects(creating, { ...expected, imageName: "app:1", hint: /containerd 1\.7/ });
        assert.deepEqual(await images.list(), []);
      } else {
        const image = await creating;
        assert.deepEqual([image.createdAt, image.updatedAt], [sourceDateEpoch, sourceDateEpoch]);
        assert.deepEqual(await images.get("app:1"), image);
      }
    },
  );

  check("source dates before and after the usual are exact to the millisecond", async (images, { target }) => {
    for (const ms of [0, -1, -1_001, 1, 8.64e15, -8.64e15, 253_402_300_800_000]) {
      const sourceDateEpoch = new Date(ms);
      const creating = images.create({ name: `at ${ms}`, target: descriptor("a") }, { sourceDateEpoch });
      if (target.version === "1.6") await assert.rejects(creating, isFailedPrecondition);
      else assert.equal((await creating).createdAt.getTime(), ms);
    }
  });
}

const targetPaths = ["target.mediaType", "target.digest", "target.size"] as const;

function withMaps(hexDigit: string) {
  return { ...descriptor(hexDigit), annotations: {} };
}
