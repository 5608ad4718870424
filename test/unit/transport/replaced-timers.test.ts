import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { startDial } from "../../../src/transport/open/dial.js";

const TARGET = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

describe("a client while a test has replaced the timers", () => {
  // So large that reading it takes more than one turn of the event loop.
  it("reads a large list, and closes", { timeout: 20_000 }, async ({ mock }) => {
    await using service = new InMemoryImages();
    service.seed(Array.from({ length: 20_000 }, (_, index) => ({ name: `app:${index}`, target: TARGET })));
    const server = await service.listen("127.0.0.1:0");
    const images = new ImagesClient({ namespace: "default", address: server.address });
    mock.timers.enable({ apis: ["setTimeout", "setImmediate"] });
    const { length } = await images.list();
    await images.close();
    mock.timers.reset();
    assert.equal(length, 20_000);
  });

  it("connects, also if the test has replaced process.nextTick", { timeout: 20_000 }, async ({ mock }) => {
    await using service = new InMemoryImages();
    const server = await service.listen("127.0.0.1:0");
    await using images = new ImagesClient({ namespace: "default", address: server.address });
    // Jest replaces only the one that the program sees. Here it is that of Node too, so it is put back at once.
    const { mock: replaced } = mock.method(process, "nextTick", () => {});
    const list = images.list();
    replaced.restore();
    assert.deepEqual(await list, []);
  });

  it("sends over a dialed stream also if the test has replaced process.nextTick", async ({ mock }) => {
    const [stream] = duplexPair();
    await new Promise<unknown>((dialed) => startDial(() => stream, { dialed, failed: dialed }));
    // What Node does for each write. Node's own process.nextTick is put back at once, as above.
    const { mock: replaced } = mock.method(process, "nextTick", () => {});
    stream.cork();
    stream.write("bytes");
    stream.uncork();
    replaced.restore();
    await turn();
    assert.equal(stream.writableCorked, 0);
  });
});
