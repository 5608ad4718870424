import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const service = new InMemoryImages();

/** A client whose next call fails once, and whose `onRetry` then throws the value. */
function throwing(value: unknown): ImagesClient {
  service.recover();
  service.failNext("*", "unavailable");
  const onRetry = () => {
    throw value;
  };
  return new ImagesClient({ namespace: "default", transport: service.transport, retry: { baseDelayMs: 0, onRetry } });
}

const images = new ImagesClient({ namespace: "default", transport: service.transport });
service.failNext("get", "permission_denied");
const ofLibrary = await images.get("a").catch((error: unknown) => Object.freeze(error));

const details = { code: "unknown", method: "get", namespace: "default", attempts: 1, outcome: "not-applied" };
const values: Readonly<Record<string, () => unknown>> = {
  "an error of its own": () => Object.freeze(new Error("mine")),
  "a plain object that looks like an error of the library": () => Object.freeze({ message: "mine", ...details }),
  "a frozen error of the library": () => ofLibrary,
};

const calls: Readonly<Record<string, (images: ImagesClient) => Promise<unknown>>> = {
  get: (images) => images.get("a"),
  list: (images) => images.list(),
  iterate: (images) => images.iterate().next(),
  waitFor: (images) => images.waitFor("a", "present", { timeoutMs: 5_000 }),
};

describe("a call whose onRetry throws", () => {
  for (const [call, run] of Object.entries(calls)) {
    for (const [title, make] of Object.entries(values)) {
      it(`rejects with just that: ${call}, ${title}`, async () => {
        const value = make();
        const rejected = await run(throwing(value)).then(
          () => assert.fail("it succeeds"),
          (reason: unknown) => reason,
        );
        assert.ok(rejected === value, String(rejected));
      });
    }
  }
});
