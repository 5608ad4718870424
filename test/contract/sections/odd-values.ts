import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isFailedPrecondition, isImagesError } from "../../../src/index.js";
import type { Check } from "../check.js";
import { descriptor, namesOf, rawDescriptor } from "../records.js";

const oddNames = [
  " ",
  ".",
  "/",
  "a\nb",
  "a\0b",
  "__proto__",
  "constructor",
  '"quoted" \\ and `ticked`',
  "%2F%00%zz",
  "\u00e9", // one code point
  "e\u0301", // the same letter as two
  "👩‍👩‍👧‍👦",
  "\u202edesrever",
  "\ufeffbom",
  "\ufffd",
  "n".repeat(4_096),
];

const MAX_DATE_MS = 8.64e15;

export function oddValues(check: Check): void {
  check("odd names are kept as they are and told apart", async (images) => {
    for (const [index, name] of oddNames.entries()) {
      await images.create({ name, target: descriptor("a"), labels: { index: `${index}` } });
    }
    for (const [index, name] of oddNames.entries()) {
      const image = await images.update(name, { labels: { seen: "yes" } });
      assert.deepEqual([image.name, image.labels["index"]], [name, `${index}`]);
      assert.deepEqual(await images.get(name), image);
    }
    assert.equal((await images.list()).length, oddNames.length);
    for (const name of oddNames) assert.equal(await images.delete(name), true);
    assert.deepEqual(await images.list(), []);
  });

  check("an odd name that is missing is not_found, and the error carries it", async (images) => {
    for (const imageName of oddNames) await assert.rejects(images.get(imageName), { code: "not_found", imageName });
  });

  for (const [what, name] of [
    ["5 000 bytes", "n".repeat(5_000)],
    ["100 000 bytes", "n".repeat(100_000)],
    ["30 000 characters that errors carry as nine bytes each", "€".repeat(30_000)],
    ["1 MiB", "n".repeat(2 ** 20)],
  ] as const) {
    check(`a missing name of ${what} never wedges the connection`, async (images, { target: { isProxied } }) => {
      // The error that the proxy passes on blocks the call's own session, and then the deadline ends the call. Without
      // a proxy no deadline may pass, and none says how fast that is: a busy machine needs seconds for 1 MiB.
      const options = { timeoutMs: isProxied ? 300 : 60_000 };
      const otherOptions = { timeoutMs: isProxied ? 2_000 : 60_000 };
      const codes = ["not_found", "internal", ...(isProxied ? ["deadline_exceeded", "unavailable"] : [])];
      const calls = [
        images.get(name, options),
        images.delete(name, options),
        images.update(name, { labels: { a: "1" } }, options),
      ];
      const failing = Promise.all(calls.map((call) => assert.rejects(call, (error) => hasCode(error, codes))));
      const settled = failing.then(() => "settled");
      // Other calls are not affected during this time.
      do assert.equal(await images.find("other", otherOptions), undefined);
      while ((await Promise.race([settled, nextTurn()])) !== "settled");
      await failing;
      assert.equal(await images.find("other", otherOptions), undefined);
    });
  }

  check("a record with a name above 4 KiB can be read, changed and deleted", async (images) => {
    const name = "n".repeat(20_000);
    await images.raw.create({ image: { name, target: rawDescriptor("a") } });
    assert.equal((await images.get(name)).name, name);
    assert.deepEqual((await images.update(name, { labels: { a: "1" } })).labels, { a: "1" });
    assert.equal(await images.delete(name), true);
  });

  check("labels called __proto__ and the like are labels like any other", async (images) => {
    const labels: Record<string, string> = JSON.parse('{"__proto__": "p", "constructor": "c", "toString": "t"}');
    const target = { ...descriptor("a"), annotations: labels };
    const image = await images.create({ name: "app:1", target, labels });
    for (const map of [image.labels, image.target.annotations, (await images.get("app:1")).labels]) {
      assert.deepEqual(Object.entries(map).sort(), Object.entries(labels).sort());
      assert.equal(Object.getPrototypeOf(map), Object.prototype);
    }
    const removal: Record<string, null> = JSON.parse('{"__proto__": null}');
    const updated = await images.update("app:1", { labels: removal });
    assert.deepEqual(Object.keys(updated.labels).sort(), ["constructor", "toString"]);
    assert.equal(Reflect.get({}, "p"), undefined);
  });

  check("labels may take 4096 bytes of UTF-8, annotations more", async (images) => {
    const labels = { k: "é".repeat(2_047), ["k".repeat(4_095)]: "v" };
    const annotations = { k: "v".repeat(100_000) };
    const image = await images.create({ name: "app:1", target: { ...descriptor("a"), annotations }, labels });
    assert.deepEqual(image.labels, labels);
    assert.deepEqual(image.target.annotations, annotations);
    await assert.rejects(images.update("app:1", { labels: { k: "é".repeat(2_048) } }), { message: /4096 bytes/ });
  });

  check("a key of an annotation may take 32768 bytes", async (images, context) => {
    if (context.target.isProxied) return; // the error shows the key, which is too long for a proxy's headers
    const targetOf = (bytes: number) => ({ ...rawDescriptor("a"), annotations: { ["k".repeat(bytes)]: "v" } });
    const refused = { code: "unknown", message: /key too large/ };
    const { image } = await images.raw.create({ image: { name: "app:1", target: targetOf(32_768) } });
    assert.deepEqual(image?.target?.annotations, targetOf(32_768).annotations);
    await assert.rejects(images.raw.create({ image: { name: "app:2", target: targetOf(32_769) } }), refused);
    await assert.rejects(images.raw.update({ image: { name: "app:1", target: targetOf(32_769) } }), refused);
    assert.deepEqual((await images.raw.list({})).images, [image]);
  });

  check("records survive JSON and structuredClone", async (images) => {
    const target = { ...descriptor("a"), annotations: { a: "1" } };
    const image = await images.create({ name: "app:1", target, labels: { b: "2" } });
    const { createdAt, updatedAt, ...rest } = image;
    assert.deepEqual(JSON.parse(JSON.stringify(image)), {
      ...rest,
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    });
    assert.deepEqual(structuredClone(image), image);
  });

  check("a size above 2^53-1 is the nearest number and does not spoil a list", async (images) => {
    await images.create({ name: "exact", target: { ...descriptor("a"), size: Number.MAX_SAFE_INTEGER } });
    await images.raw.create({ image: { name: "huge", target: rawDescriptor("a", 2n ** 63n - 1n) } });
    const sizes = (await images.list()).map(({ target }) => target.size);
    assert.deepEqual(sizes, [Number.MAX_SAFE_INTEGER, 2 ** 63]);
    assert.equal((await images.raw.get({ name: "huge" })).image?.target?.size, 2n ** 63n - 1n);
  });

  check("a time beyond a Date's range is the nearest Date and does not spoil a list", async (images, { target }) => {
    await images.create({ name: "usual", target: descriptor("a") });
    for (const [name, seconds] of [
      ["after", 2n ** 63n - 1n],
      ["before", -(2n ** 63n)],
    ] as const) {
      const image = { name, target: rawDescriptor("a") };
      const creating = images.raw.create({ image, sourceDateEpoch: { seconds } });
      // It keeps no source date, and so it has no such time.
      if (target.version === "1.6") return assert.rejects(creating, isFailedPrecondition);
      await creating;
      assert.equal((await images.raw.get({ name })).image?.createdAt?.seconds, seconds);
    }
    const listed = await images.list();
    assert.deepEqual(namesOf(listed), ["after", "before", "usual"]);
    const [after, before] = listed.map(({ createdAt }) => createdAt.getTime());
    assert.deepEqual([after, before], [MAX_DATE_MS, -MAX_DATE_MS]);
  });
}

// A server that cannot send such a long error resets the call, and then it is only known that the call failed.
function hasCode(error: unknown, codes: readonly string[]): boolean {
  assert.ok(isImagesError(error), String(error));
  assert.ok(codes.includes(error.code), `${error.code}: ${error.message.slice(0, 300)}`);
  return true;
}
