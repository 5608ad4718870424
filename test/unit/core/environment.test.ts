import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientOptionsFromEnv } from "../../../src/core/environment.js";

describe("the environment", () => {
  const env = { CONTAINERD_ADDRESS: "/run/other.sock", CONTAINERD_NAMESPACE: "k8s.io", HOME: "/root" };

  it("says address and namespace", () => {
    assert.deepEqual(clientOptionsFromEnv({}, env), { address: "/run/other.sock", namespace: "k8s.io" });
  });

  it("that says nothing leaves the defaults of ctr", () => {
    for (const nothing of [{}, { CONTAINERD_ADDRESS: "", CONTAINERD_NAMESPACE: "" }]) {
      assert.deepEqual(clientOptionsFromEnv({}, nothing), { address: undefined, namespace: "default" });
    }
  });

  it("gives way to what is given, even where that is wrong", () => {
    assert.deepEqual(clientOptionsFromEnv({ namespace: "a", address: "/x", timeoutMs: 5 }, env), {
      namespace: "a",
      address: "/x",
      timeoutMs: 5,
    });
    assert.equal(clientOptionsFromEnv({ namespace: "" }, env).namespace, "");
  });

  it("says no address to a client with a transport of its own, or with dial", () => {
    const transport = { unary: () => assert.fail(), stream: () => assert.fail() };
    assert.deepEqual(clientOptionsFromEnv({ transport }, env), { transport, namespace: "k8s.io" });
    const dial = () => assert.fail();
    assert.deepEqual(clientOptionsFromEnv({ dial }, env), { dial, namespace: "k8s.io" });
  });
});
