import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/client.js";
import { clientOptionsFromEnv, namingVariables } from "../../../src/core/environment.js";
import { isValidationError } from "../../../src/errors.js";

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
    // JavaScript can give null, which must not lead to another namespace or daemon.
    for (const option of ["namespace", "address"])
      assert.throws(() => ImagesClient.fromEnv({ [option]: null }), isValidationError, option);
  });

  it("says no address to a client with a transport of its own, or with dial", () => {
    const transport = { unary: () => assert.fail(), stream: () => assert.fail() };
    assert.deepEqual(clientOptionsFromEnv({ transport }, env), { transport, namespace: "k8s.io" });
    const dial = () => assert.fail();
    assert.deepEqual(clientOptionsFromEnv({ dial }, env), { dial, namespace: "k8s.io" });
  });

  it("shows in the namespace of the client, which a derived client has of its own", () => {
    const images = new ImagesClient(clientOptionsFromEnv({}, env));
    assert.equal(images.namespace, "k8s.io");
    assert.equal(images.withTimeout(1).namespace, "k8s.io");
    assert.equal(images.withNamespace("moby").namespace, "moby");
  });

  it("is named where a wrong value comes from it", () => {
    const wrong = { CONTAINERD_ADDRESS: "tcp://a:1", CONTAINERD_NAMESPACE: "a b" };
    const message = (overrides: Parameters<typeof clientOptionsFromEnv>[0], values: typeof env | typeof wrong) => {
      try {
        namingVariables(overrides, values, () => new ImagesClient(clientOptionsFromEnv(overrides, values)));
      } catch (error) {
        return String(error);
      }
      return assert.fail();
    };
    assert.match(message({ namespace: "a" }, wrong), /address: has .* got "tcp:\/\/a:1" \(from CONTAINERD_ADDRESS\)$/);
    assert.match(message({ address: "/x" }, wrong), /namespace: .* \(from CONTAINERD_NAMESPACE\)/);
    assert.match(message({ namespace: "a" }, { ...env, CONTAINERD_ADDRESS: " " }), /\(from CONTAINERD_ADDRESS\)$/);
    for (const own of [{ namespace: "a", address: "x" }, { namespace: "" }, { timeoutMs: -1 }, { tls: { ca: 1 } }])
      assert.doesNotMatch(message(own as never, env), /CONTAINERD_/);
  });
});
