import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ImagesClient } from "../../../src/index.js";
import { DeleteImageRequestSchema, ListImagesRequestSchema } from "../../../src/raw/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const target = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 1n };

function start() {
  const service = new InMemoryImages();
  for (const name of ["a", "b", "c"]) service.seed([{ name, target: { ...target, size: 1 } }]);
  const { raw } = new ImagesClient({ namespace: "default", transport: service.transport });
  return { service, raw, names: () => service.snapshot().map(({ name }) => name) };
}

describe("a request of raw that changes after the call", () => {
  it("deletes the record that it named, also in the first call", async () => {
    const { raw, names } = start();
    for (const request of [{ name: "" }, create(DeleteImageRequestSchema)]) {
      const deletes = ["a", "b"].map((name) => {
        request.name = name;
        return raw.delete(request);
      });
      request.name = "c";
      await Promise.allSettled(deletes);
      assert.deepEqual(names(), ["c"]);
    }
  });

  it("is sent with the fields, the labels and the filters that it had", async () => {
    const { raw } = start();
    const labels = { env: "dev", ["__proto__"]: "own" };
    const image = { name: "d", target, labels };
    const created = raw.create({ image });
    image.name = "e";
    labels.env = "prod";
    const stored = (await created).image;
    assert.deepEqual([stored?.name, stored?.labels["env"]], ["d", "dev"]);
    assert.equal(Object.getOwnPropertyDescriptor(stored?.labels, "__proto__")?.value, "own");
    const request = create(ListImagesRequestSchema, { filters: ["name==a"] });
    const listed = raw.list(request);
    request.filters[0] = "name==b";
    assert.deepEqual(
      (await listed).images.map(({ name }) => name),
      ["a"],
    );
  });

  it("has the options that it had", async () => {
    const { raw } = start();
    const options = { timeoutMs: 1_000 };
    const reading = raw.get({ name: "a" }, options);
    options.timeoutMs = -1; // which would be an error
    assert.equal((await reading).image?.name, "a");
  });
});

it("a request of raw that leads back to itself is encoded once, as far as its type goes", async () => {
  const { raw } = start();
  const request: Record<string, unknown> = { name: "a" };
  request["self"] = request;
  assert.equal((await raw.get(request)).image?.name, "a");
});

it("a request of raw with getters of a class is read through them", async () => {
  const { raw } = start();
  class Named {
    get name() {
      return "b";
    }
  }
  assert.equal((await raw.get(new Named())).image?.name, "b");
});
