import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/client.js";
import { all } from "../../../src/filters/index.js";
import { deleteManyOptionsSchema, tagOptionsSchema } from "../../../src/schema/options.js";
import { validate } from "../../../src/schema/validate.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const subject = { method: "deleteMany", namespace: "default" };

/** Adds a field to `Object.prototype` while `act` runs, which must be synchronous, and returns the result. */
function inheriting<T>(name: string, value: unknown, act: () => T): T {
  Object.defineProperty(Object.prototype, name, { value, enumerable: true, configurable: true, writable: true });
  try {
    return act();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

describe("what every object inherits from Object.prototype", () => {
  // While zod makes a schema, it fails by itself, with an error.
  before(() => {
    for (const schema of [deleteManyOptionsSchema, tagOptionsSchema]) schema();
  });

  it("is no option with which a call destroys more", () => {
    const options = inheriting("everything", true, () => {
      const { everything, dryRun } = validate(deleteManyOptionsSchema, { dryRun: true }, subject, "options");
      return [everything, dryRun];
    });
    assert.deepEqual(options, [undefined, true]);
    const force = inheriting("force", true, () => validate(tagOptionsSchema, {}, subject, "options").force);
    assert.equal(force, undefined);
  });

  it("does not let deleteMany delete everything", async () => {
    await using service = new InMemoryImages();
    const target = { mediaType: "text/plain", digest: `sha256:${"0".repeat(64)}`, size: 1 };
    service.seed([{ name: "a", target }]);
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    // The options are checked before the first await.
    for (const call of [() => images.deleteMany(all), () => images.deleteMany(all, {})])
      await assert.rejects(inheriting("everything", true, call), /matches every record/);
    assert.equal(service.snapshot().length, 1);
  });
});
