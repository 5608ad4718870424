import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient } from "../../../src/client.js";
import { ClientCalls } from "../../../src/core/client-calls.js";
import { retryPolicy } from "../../../src/core/client-settings.js";
import { connect } from "../../../src/core/connection.js";
import { InMemoryImages } from "../../../src/testing/index.js";

describe("the calls of a client", () => {
  it("end the connection when they close, but not if they are those of a derived client", async () => {
    let destroyed = 0;
    const connection = connect({ transport: new InMemoryImages().transport }, {});
    const destroy = () => {
      destroyed += 1;
    };
    const settings = { namespace: "default", lease: undefined, timeoutMs: undefined, retry: retryPolicy(undefined) };
    const owner = new ClientCalls({ ...connection, channel: { ...connection.channel, destroy } }, settings);
    await owner.derive({ namespace: "other" }).close(0);
    assert.equal(destroyed, 0);
    await owner.close(0);
    assert.equal(destroyed, 1);
  });

  it("name their image after a close, too", async () => {
    const images = new ImagesClient({ namespace: "default", transport: new InMemoryImages().transport });
    await images.close();
    const name = "app:1";
    const target = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 1 };
    const ifTarget = { digest: target.digest };
    const calls: readonly (readonly [method: string, call: Promise<unknown>, imageName: string | undefined])[] = [
      ["get", images.get(name), name],
      ["create", images.create({ name, target }), name],
      ["upsert", images.upsert({ name, target }), name],
      ["tag", images.tag("app:2", name), name],
      ["delete", images.delete(name), name],
      ["delete", images.delete(name, { ifTarget }), name],
      ["waitFor", images.waitFor(name, "present", { timeoutMs: 60_000 }), name],
      ["list", images.list(), undefined],
    ];
    for (const [method, call, imageName] of calls)
      await assert.rejects(call, { code: "failed_precondition", outcome: "not-applied", method, imageName });
  });

  it("succeed or end in time, and let the client close, if their signal throws when it is left", async () => {
    const service = new InMemoryImages();
    const images = new ImagesClient({ namespace: "default", transport: service.transport });
    const signal = Object.assign(new AbortController().signal, {
      removeEventListener: () => {
        throw new Error("not today");
      },
    });
    assert.deepEqual(await images.list({ signal }), []);
    service.failNext("list", { delayMs: 50 });
    await assert.rejects(images.list({ signal, timeoutMs: 1 }), { code: "deadline_exceeded" });
    await images.close({ graceMs: 0 });
  });
});
