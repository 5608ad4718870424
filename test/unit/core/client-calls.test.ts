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
    const connection = {
      ...connect({ transport: new InMemoryImages().transport }, {}),
      destroy: () => {
        destroyed += 1;
      },
    };
    const settings = { namespace: "default", lease: undefined, timeoutMs: undefined, retry: retryPolicy(undefined) };
    const owner = new ClientCalls(connection, settings);
    await owner.derive({ namespace: "other" }).close(0);
    assert.equal(destroyed, 0);
    await owner.close(0);
    assert.equal(destroyed, 1);
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
