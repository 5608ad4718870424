import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metadataOf, retryPolicy } from "../../../src/core/client-settings.js";

describe("retry options", () => {
  const ofClient = { maxAttempts: 7, baseDelayMs: 8, maxDelayMs: 9, onRetry: () => {} };
  const base = retryPolicy(ofClient);

  it("of a client replace all defaults", () => {
    assert.deepEqual(base, ofClient);
  });

  it("of a call replace those of its client one by one", () => {
    const ofCall = { maxAttempts: 2, baseDelayMs: 0, maxDelayMs: 1, onRetry: () => {} };
    for (const [key, value] of Object.entries(ofCall)) {
      assert.deepEqual(retryPolicy({ [key]: value }, base), { ...ofClient, [key]: value });
    }
  });

  it("that are false leave one attempt, and all else as it is", () => {
    assert.deepEqual(retryPolicy(false, base), { ...ofClient, maxAttempts: 1 });
  });

  it("that are absent change nothing", () => {
    assert.equal(retryPolicy(undefined, base), base);
  });
});

it("every request of a client names its namespace, and its lease if it has one", () => {
  const settings = { namespace: "k8s.io", timeoutMs: undefined, retry: retryPolicy(undefined) };
  assert.deepEqual(metadataOf({ ...settings, lease: undefined }), { "containerd-namespace": "k8s.io" });
  assert.deepEqual(metadataOf({ ...settings, lease: "pull-42" }), {
    "containerd-namespace": "k8s.io",
    "containerd-lease": "pull-42",
  });
});
