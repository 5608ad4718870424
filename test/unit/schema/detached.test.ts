import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const expected = {
  name: "TypeError",
  message:
    "a method of ImagesClient was called without its client: call it on the client, as in names.map((name) => images.get(name))",
};
const methods = Object.entries(Object.getOwnPropertyDescriptors(ImagesClient.prototype)).flatMap(([name, { get }]) =>
  name === "constructor" || get !== undefined ? [] : [name],
);

describe("a method taken off its client says so:", () => {
  const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });

  it("all of them", () => assert.ok(methods.length >= 20, methods.join()));

  for (const name of methods) {
    it(name, async () => {
      const method: (...args: unknown[]) => unknown = Reflect.get(images, name);
      await assert.rejects(async () => method("a", { timeoutMs: 1 }, { timeoutMs: 1 }), expected);
      await assert.rejects(async () => method.call({}, "a"), expected);
      await assert.rejects(async () => method.call(new Proxy(images, {}), "a"), expected);
    });
  }

  it("given to map", async () => {
    const { get } = images;
    await assert.rejects(Promise.all(["a"].map((name) => get(name))), expected);
  });

  for (const name of ["raw", "namespace"] as const)
    it(`${name}, of a proxy`, () => assert.throws(() => new Proxy(images, {})[name], expected));

  it("but raw can be taken off", async () => {
    const { raw } = images;
    const { list } = raw;
    assert.deepEqual((await list({})).images, []);
  });
});
