import assert from "node:assert/strict";
import { isFailedPrecondition, isImagesError, isInvalidArgument, isNotFound } from "../../../src/index.js";
import type { Check } from "../check.js";
import { digest, namesOf, rawDescriptor } from "../records.js";

const target = rawDescriptor("a", 5n);

export function rawCalls(check: Check): void {
  check("raw speaks in the generated messages, with int64 and nanoseconds", async (images) => {
    const { image } = await images.raw.create({ image: { name: "app:1", target, labels: { a: "1" } } });
    assert.equal(image?.target?.size, 5n);
    assert.equal(typeof image.createdAt?.seconds, "bigint");
    const got = await images.raw.get({ name: "app:1" });
    assert.deepEqual(got.image, image);
    assert.deepEqual((await images.raw.list({ filters: ['name=="app:1"'] })).images, [image]);
    const labels = { b: "2" };
    const updated = await images.raw.update({
      image: { name: "app:1", labels, target },
      updateMask: { paths: ["labels.b"] },
    });
    assert.deepEqual(updated.image?.labels, { a: "1", b: "2" });
    await images.raw.delete({ name: "app:1", sync: true });
    assert.deepEqual((await images.raw.list({})).images, []);
  });

  check("raw keeps nanoseconds where the server does", async (images, context) => {
    const sourceDateEpoch = { seconds: 1n, nanos: 123_456_789 };
    const creating = images.raw.create({ image: { name: "app:1", target }, sourceDateEpoch });
    if (context.target.version === "1.6") return assert.rejects(creating, isFailedPrecondition);
    const { image } = await creating;
    assert.equal(image?.createdAt?.nanos, 123_456_789);
    assert.equal((await images.get("app:1")).createdAt.getTime(), 1_123);
  });

  check("raw fails with the library's errors, and the server's own verdict", async (images, { namespace }) => {
    const missing = { code: "not_found", method: "get", namespace, imageName: "nope", attempts: 1 };
    await assert.rejects(images.raw.get({ name: "nope" }), { name: "ImagesError", ...missing });
    await assert.rejects(images.raw.get({}), isNotFound);
    await assert.rejects(images.raw.list({ filters: ["name="] }), isInvalidArgument);
    const badMask = { image: { name: "app:1", target }, updateMask: { paths: ["target.digest"] } };
    await images.raw.create({ image: { name: "app:1", target } });
    await assert.rejects(images.raw.update(badMask), isInvalidArgument);
    await assert.rejects(
      images.raw.create({ image: { name: "app:2", target: { digest: "nonsense" } } }),
      isInvalidArgument,
    );
  });

  check("no call of raw can bring the daemon down", async (images) => {
    await images.raw.create({ image: { name: "app:1", target, labels: { a: "1" } } });
    await assert.rejects(images.raw.create({}), isInvalidArgument);
    await assert.rejects(images.raw.create({ image: {} }), isInvalidArgument);
    await assert.rejects(images.raw.create({ image: { name: "app:2" } }), isInvalidArgument);
    await assert.rejects(images.raw.update({}), isInvalidArgument);
    await assert.rejects(images.raw.update({ image: {} }), isInvalidArgument);
    await assert.rejects(images.raw.update({ image: { name: "app:1" } }), isInvalidArgument);
    await assert.rejects(images.raw.update({ image: { name: "nope" }, updateMask: { paths: ["labels"] } }), isNotFound);
    const masked = { image: { name: "app:1", labels: { a: "2" } }, updateMask: { paths: ["labels.a"] } };
    const { image } = await images.raw.update(masked);
    assert.deepEqual(image?.labels, { a: "2" });
    assert.equal(image.target?.digest, digest("a"));
    assert.deepEqual(namesOf(await images.list()), ["app:1"]);
  });

  check("raw is held back by the version gates too", async (images, context) => {
    const { version } = context.target;
    await images.raw.create({ image: { name: "app:1", target } });
    const conditional = { name: "app:1", target: { digest: digest("b") } };
    await assert.rejects(images.raw.delete(conditional), version === "2.x" ? isNotFound : isFailedPrecondition);
    const dated = images.raw.create({ image: { name: "app:2", target }, sourceDateEpoch: {} });
    if (version === "1.6") await assert.rejects(dated, isFailedPrecondition);
    else assert.equal((await dated).image?.createdAt?.seconds, 0n);
    assert.equal((await images.get("app:1")).target.digest, digest("a"));
  });

  check("raw takes a signal, a deadline and headers, and shows the answer's", async (images) => {
    let header: Headers | undefined;
    let trailer: Headers | undefined;
    await images.raw.list(
      {},
      {
        timeoutMs: 5_000,
        headers: { "x-request-id": "7" },
        onHeader: (value) => {
          header = value;
        },
        onTrailer: (value) => {
          trailer = value;
        },
      },
    );
    assert.ok(header instanceof Headers && trailer instanceof Headers);
    const signal = AbortSignal.abort("enough");
    await assert.rejects(images.raw.list({}, { signal }), { code: "canceled", cause: "enough", attempts: 0 });
    for (const options of [{ timeoutMs: -1 }, { headers: { "containerd-namespace": "other" } }]) {
      await assert.rejects(images.raw.list({}, options), { name: "ValidationError", attempts: 0 });
    }
  });

  check("raw refuses messages that cannot be encoded as the library's errors", async (images) => {
    for (const request of [
      { image: { name: "app:1", target: { ...target, size: 2n ** 64n } } },
      { image: { name: "app:1", target: { ...target, size: 1.5 } } },
    ]) {
      await assert.rejects(images.raw.create(request as never), {
        name: "ValidationError",
        attempts: 0,
        method: "create",
      });
    }
    assert.deepEqual(await images.list(), []);
  });

  check("names above 4 KiB never wedge raw's connection either", async (images, context) => {
    const { isProxied, refusesLongHeaders } = context.target;
    // Bun and Deno read the long headers of the response.
    const isTooLong = isProxied && !("Bun" in globalThis || "Deno" in globalThis);
    const image = { name: "€".repeat(30_000), target };
    await images.raw.create({ image }, { timeoutMs: 5_000 });
    const again = images.raw.create(
      { image: { ...image, labels: { of: "another" } } },
      { timeoutMs: isTooLong ? 300 : 5_000 },
    );
    // HAProxy refuses the stream when the response's headers exceed its buffer, and from Node 22 on they end the
    // connection, so the record is read back, or the deadline comes first. Node 20 reads nothing more.
    const isSilent = !refusesLongHeaders && process.versions.node.startsWith("20.");
    const codes = isSilent ? ["deadline_exceeded"] : ["already_exists", "deadline_exceeded"];
    const expected = isTooLong ? codes : ["already_exists"];
    await assert.rejects(again, (error) => isImagesError(error) && expected.includes(error.code));
    assert.equal(await images.find("other", { timeoutMs: 2_000 }), undefined);
  });

  check("raw goes where its client's scope says", async (images, { namespace }) => {
    const other = images.withNamespace(`${namespace}-b`);
    await other.raw.create({ image: { name: "app:1", target } });
    assert.equal(await images.find("app:1"), undefined);
    assert.notEqual(await other.find("app:1"), undefined);
  });
}
