import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { ImagesClient } from "../../../src/client.js";
import { isValidationError } from "../../../src/errors.js";
import { replaceAll } from "../../../src/patch.js";

const digest = `sha256:${"0".repeat(64)}`;

/** A client whose requests are recorded; each response is a record with the current time. */
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
      // The responses of Get, Create and Update have an image.
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
    assert.ok(!text(requests).includes("changed"));
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
      assert.ok(!text(requests).includes("changed"));
    }
    assert.equal(requests.length, 3);
  });
});

/** A value that is valid for this many reads, and then invalid. */
function changingAfter<T>(reads: number, valid: T, invalid: T): () => T {
  let left = reads;
  return () => {
    left -= 1;
    return left >= 0 ? valid : invalid;
  };
}

describe("a value that is no longer valid when it is read again is sent as it was checked, or not at all", () => {
  const target = { mediaType: "text/plain", digest, size: 1 };
  const tooLong = "a".repeat(4_097);
  const calls: Readonly<Record<string, (images: ImagesClient, reads: number) => Promise<unknown>>> = {
    "the name of create": (images, reads) => {
      const name = changingAfter(reads, "valid", tooLong);
      return images.create({
        target,
        get name() {
          return name();
        },
      });
    },
    "the name of replace": (images, reads) => {
      const name = changingAfter(reads, "valid", tooLong);
      return images.replace({
        target,
        get name() {
          return name();
        },
      });
    },
    "the name of upsert": (images, reads) => {
      const name = changingAfter(reads, "valid", tooLong);
      return images.upsert({
        target,
        get name() {
          return name();
        },
      });
    },
    "the digest of create": (images, reads) => {
      const each = changingAfter(reads, digest, tooLong);
      return images.create({
        name: "a",
        target: {
          ...target,
          get digest() {
            return each();
          },
        },
      });
    },
    "a label of update": (images, reads) => {
      const each = changingAfter(reads, "valid", tooLong);
      return images.update("a", {
        labels: {
          get env() {
            return each();
          },
        },
      });
    },
    "a label of replaceAll": (images, reads) => {
      const each = changingAfter(reads, "valid", tooLong);
      return images.update("a", {
        labels: replaceAll({
          get env() {
            return each();
          },
        }),
      });
    },
    "a header": (images, reads) => {
      const each = changingAfter(reads, "valid", tooLong.replace("a", "\n"));
      return images.delete("a", {
        headers: {
          get "x-a"() {
            return each();
          },
        },
      });
    },
  };
  for (const [what, call] of Object.entries(calls)) {
    it(what, async () => {
      const sentAfter: number[] = [];
      for (let reads = 0; reads <= 5; reads += 1) {
        const { images, requests } = recording();
        await call(images, reads).catch((error: unknown) => assert.ok(isValidationError(error), String(error)));
        if (requests.length > 0) sentAfter.push(reads);
        assert.ok(!text(requests).includes("aaa"), `after ${reads} reads`);
      }
      assert.ok(sentAfter.length > 0 && sentAfter.at(-1) === 5, `sent after ${sentAfter} reads`);
    });
  }
});

function text(requests: unknown): string {
  return JSON.stringify(requests, (_key, value) => (typeof value === "bigint" ? `${value}` : value));
}
