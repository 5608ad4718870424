import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { ImagesClient } from "../../../src/client.js";
import { replaceAll } from "../../../src/patch.js";

const digest = `sha256:${"0".repeat(64)}`;

/** A client whose requests are kept, and answered with a record of today. */
function recording() {
  const requests: { readonly message: unknown; readonly headers: Readonly<Record<string, string>> }[] = [];
  const transport: Transport = {
    unary: async (method, _signal, _timeoutMs, header, input) => {
      requests.push({ message: structuredClone({ ...input }), headers: Object.fromEntries(new Headers(header)) });
      const image = {
        name: "a",
        target: { mediaType: "text/plain", digest, size: 1n },
        createdAt: { seconds: 1n, nanos: 0 },
      };
      // Get, Create and Update all answer with an image.
      const message = create(method.output, { image } as never);
      return { stream: false, service: method.parent, method, header: new Headers(), trailer: new Headers(), message };
    },
    stream: () => assert.fail(),
  };
  return { requests, images: new ImagesClient({ namespace: "default", transport }) };
}

describe("what is changed after a call has begun changes nothing", () => {
  it("create", async () => {
    const { images, requests } = recording();
    const image = {
      name: "a",
      labels: { env: "prod" },
      target: { mediaType: "text/plain", digest, size: 1, annotations: { k: "v" } },
    };
    const options = { headers: { "x-a": "1" }, timeoutMs: 5_000 };
    const creating = images.create(image, options);
    image.name = "changed";
    Object.assign(image.labels, { env: "changed", more: "1" });
    Object.assign(image.target, { digest: "changed", size: 9 });
    Object.assign(image.target.annotations, { k: "changed" });
    options.headers["x-a"] = "changed";
    await creating;
    assert.equal(requests.length, 1);
    assert.ok(
      !JSON.stringify(requests, (_key, value) => (typeof value === "bigint" ? `${value}` : value)).includes("changed"),
    );
    assert.equal(requests[0]?.headers["x-a"], "1");
  });

  it("update, also by replaceAll", async () => {
    const { images, requests } = recording();
    await images.get("a"); // so that the update comes first and alone
    for (const labels of [{ env: "prod" }, replaceAll({ env: "prod" })]) {
      const entries: object = "entries" in labels && typeof labels.entries === "object" ? labels.entries : labels;
      const updating = images.update("a", { labels });
      Object.assign(entries, { env: "changed", more: "1" });
      await updating;
      assert.ok(
        !JSON.stringify(requests, (_key, value) => (typeof value === "bigint" ? `${value}` : value)).includes(
          "changed",
        ),
      );
    }
    assert.equal(requests.length, 3);
  });
});

it("a name that differs at each read is sent as it was checked", async () => {
  const { images, requests } = recording();
  let reads = 0;
  const image = {
    get name() {
      reads += 1;
      return reads > 1 ? "valid" : "";
    },
    target: { mediaType: "text/plain", digest, size: 1 },
  };
  await images.create(image).catch(() => {});
  for (const { message } of requests)
    assert.ok(
      JSON.stringify(message, (_key, value) =>
        `${value}` === "" ? assert.fail("sent unchecked") : typeof value === "bigint" ? 0 : value,
      ),
    );
});
