import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ImagesClient, isValidationError, type NewImage } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const guide = readFileSync(join(import.meta.dirname, "../../../docs/methods.md"), "utf8");
const target = { mediaType: "a/b", digest: `sha256:${"a".repeat(64)}`, size: 1 };

/** The number that the guide says in the row of the rule. */
function limitOf(row: RegExp, before: RegExp): number {
  const line = guide.split("\n").find((text) => row.test(text)) ?? "";
  const [, number = ""] = new RegExp(`${before.source} ([\\d,]+)`).exec(line) ?? [];
  return Number(number.replaceAll(",", ""));
}

/** A record that has so many bytes in one place. */
const records: Readonly<Record<string, readonly [limit: number, record: (bytes: number) => NewImage]>> = {
  name: [limitOf(/^\| a `name`/, /1 to/), (bytes) => ({ name: "n".repeat(bytes), target })],
  labels: [
    limitOf(/^\| `labels`/, /at most/),
    (bytes) => ({ name: "app:1", target, labels: { key: "v".repeat(bytes - 3) } }),
  ],
  annotations: [
    limitOf(/^\| `annotations`/, /at most/),
    (bytes) => ({ name: "app:1", target: { ...target, annotations: { ["k".repeat(bytes)]: "value" } } }),
  ],
};

describe("the limits that docs/methods.md says", () => {
  for (const [what, [limit, record]] of Object.entries(records)) {
    it(`is that of ${what}`, async () => {
      const service = new InMemoryImages();
      await using images = new ImagesClient({ namespace: "default", transport: service.transport });
      await images.create(record(limit));
      await assert.rejects(images.create(record(limit + 1)), isValidationError);
      assert.equal(service.calls.length, 1);
    });
  }

  it("is that of a namespace", () => {
    const limit = limitOf(/^\| a namespace/, /at most/);
    const clientOf = (length: number) => new ImagesClient({ namespace: "n".repeat(length) });
    assert.equal(clientOf(limit).namespace.length, limit);
    assert.throws(() => clientOf(limit + 1), isValidationError);
  });
});
