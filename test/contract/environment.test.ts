import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { ImagesClient } from "../../src/index.js";
import { type Daemon, startDaemon } from "../support/daemon/daemon.js";
import { descriptor, freshNamespace, namesOf } from "./records.js";

const names = ["CONTAINERD_ADDRESS", "CONTAINERD_NAMESPACE"] as const;

describe("a client from the environment", () => {
  const original = names.map((name) => [name, process.env[name]] as const);
  let daemon: Daemon;

  before(async () => {
    daemon = await startDaemon("2.x");
  });
  afterEach(() => {
    for (const [name, value] of original) setEnv(name, value);
  });
  after(() => daemon.stop());

  it("goes where ctr's variables say", async () => {
    const namespace = freshNamespace();
    setEnv("CONTAINERD_ADDRESS", daemon.address);
    setEnv("CONTAINERD_NAMESPACE", namespace);
    await using images = ImagesClient.fromEnv();
    await images.create({ name: "app:1", target: descriptor("a") });
    await using direct = new ImagesClient({ namespace, address: `unix://${daemon.address}` });
    assert.deepEqual(namesOf(await direct.list()), ["app:1"]);
  });

  it("uses the namespace default where none is named, or an empty one", async () => {
    setEnv("CONTAINERD_ADDRESS", daemon.address);
    for (const value of [undefined, ""]) {
      setEnv("CONTAINERD_NAMESPACE", value);
      await using images = ImagesClient.fromEnv();
      await assert.rejects(images.get("app:1"), { code: "not_found", namespace: "default" });
    }
  });

  it("lets what is given win", async () => {
    setEnv("CONTAINERD_ADDRESS", "/nowhere.sock");
    setEnv("CONTAINERD_NAMESPACE", "-");
    const namespace = freshNamespace();
    await using images = ImagesClient.fromEnv({ namespace, address: daemon.address });
    await assert.rejects(images.get("app:1"), { code: "not_found", namespace });
  });

  it("says which option is wrong", () => {
    setEnv("CONTAINERD_NAMESPACE", "not valid");
    assert.throws(() => ImagesClient.fromEnv(), {
      name: "ValidationError",
      message: /namespace: .*\(from CONTAINERD_NAMESPACE\)/,
    });
    setEnv("CONTAINERD_NAMESPACE", "default");
    setEnv("CONTAINERD_ADDRESS", "containerd.sock");
    assert.throws(() => ImagesClient.fromEnv(), {
      name: "ValidationError",
      message: /address: .*\(from CONTAINERD_ADDRESS\)/,
    });
  });
});

function setEnv(name: (typeof names)[number], value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
