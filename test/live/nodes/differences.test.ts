import assert from "node:assert/strict";
import { tracingChannel } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { type CallTrace, ImagesClient } from "../../../src/index.js";
import { startDaemon } from "../../support/daemon/daemon.js";
import { startProxy } from "../../support/daemon/proxy.js";

// What Bun or Deno do in another way than Node, and a program must not see.
describe("every runtime", () => {
  it("publishes how a call ended", async () => {
    await using daemon = await startDaemon("2.x");
    await using images = new ImagesClient({ namespace: "traces", address: daemon.address });
    const calls: unknown[] = [];
    const ended = (message: unknown) => {
      const { method, attempts, code, outcome } = message as CallTrace; // what the library publishes on its channel
      calls.push({ method, attempts, code, outcome });
    };
    const channel = tracingChannel("containerd-images:call");
    channel.asyncEnd.subscribe(ended);
    await images.list();
    await images.find("app:1");
    channel.asyncEnd.unsubscribe(ended);
    assert.deepEqual(calls, [
      { method: "list", attempts: 1, code: "ok", outcome: "not-applied" },
      { method: "get", attempts: 1, code: "not_found", outcome: "not-applied" },
    ]);
  });

  it("retries a call to which a proxy responds with 502", async () => {
    await using daemon = await startDaemon("2.x");
    await using proxy = await startProxy(daemon);
    await using images = new ImagesClient({ namespace: "proxied", address: proxy.address });
    await images.list();
    daemon.kill("SIGKILL");
    await daemon.exited;
    const expected = { code: "unavailable", attempts: 1, message: /HTTP status 502/ };
    await assert.rejects(images.list(undefined, { retry: false }), expected);
    await assert.rejects(images.list(undefined, { retry: { maxAttempts: 2 } }), { ...expected, attempts: 2 });
  });

  it("names a peer that speaks HTTP/1", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo; // because it listens on a port
    await using images = new ImagesClient({ namespace: "http1", address: `http://127.0.0.1:${port}` });
    const failed = assert.rejects(images.list(), { code: "unavailable", message: /is not a gRPC peer/ });
    await failed.finally(() => server.close());
  });
});
