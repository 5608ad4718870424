import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { tracingChannel } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it, mock } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { type CallTrace, ImagesClient } from "../../../src/index.js";
import { startDaemon } from "../../support/daemon/daemon.js";
import { startProxy } from "../../support/daemon/proxy.js";
import { selfSigned } from "../../support/self-signed.js";

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

  it("refuses a certificate as a key, a key as a certificate, and an encrypted key", () => {
    const { cert, key } = selfSigned();
    const encrypted = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "x",
    });
    const refusals = [
      [{ cert: key, key }, /tls\.cert: must be a certificate/],
      [{ cert, key: cert }, /tls\.key: must be a private key/],
      [{ cert, key: encrypted }, /tls\.key: is encrypted/],
    ] as const;
    for (const [tls, message] of refusals)
      assert.throws(() => new ImagesClient({ namespace: "a", address: "https://localhost:1", tls }), { message });
  });

  it("ends a call by the timers of a test, also after a call without them", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).resume());
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo; // because it listens on a port
    await using images = new ImagesClient({
      namespace: "timers",
      address: `http://127.0.0.1:${port}`,
      timeoutMs: 5_000,
    });
    const given = new AbortController();
    const before = assert.rejects(images.list(undefined, { signal: given.signal }), { code: "canceled" });
    given.abort();
    await before;
    const timers = await timersOfTests();
    timers.replace();
    let code: unknown;
    void images.list().catch((error) => {
      code = error.code;
    });
    timers.advance(5_000);
    timers.putBack();
    await turn();
    server.close();
    assert.equal(code, "deadline_exceeded");
  });
});

/** What replaces the timers in tests of this runtime. */
async function timersOfTests() {
  if (process.versions["bun"] === undefined) {
    return {
      replace: () => mock.timers.enable({ apis: ["setTimeout"] }),
      advance: (ms: number) => mock.timers.tick(ms),
      putBack: () => mock.timers.reset(),
    };
  }
  const { jest } = await import(["bun", "test"].join(":"));
  return {
    replace: () => jest.useFakeTimers(),
    advance: (ms: number) => jest.advanceTimersByTime(ms),
    putBack: () => jest.useRealTimers(),
  };
}
