import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { describe, it } from "node:test";
import tls from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { InMemoryImages } from "../../src/testing/index.js";
import { isLong } from "../support/is-long.js";
import { nodeArgs } from "../support/programs/bundled.js";
import { selfSigned } from "../support/self-signed.js";

// What docs/many-nodes.md says, and half as much again: versions of Node differ.
const MAX_IDLE_KB = 21;
const MAX_CONNECTED_KB = 90;
const MAX_CONNECTED_TLS_KB = 150; // 142 with Debian 13's Node 20.19.2 and its OpenSSL 3.5.9
const MAX_WATCHING_KB = 150;
const MAX_WATCHING_TLS_KB = 210;

// A client of few takes no more than one of a thousand, and a thousand handshakes take ten seconds.
const COUNT = isLong ? 1_000 : 200;

interface Measured {
  readonly idleKb: number;
  readonly connectedKb: number;
  readonly watchingKb: number;
  readonly files: number;
}

describe("many clients in one process take little memory each", { timeout: isLong ? 600_000 : 120_000 }, () => {
  it("before their first call, connected, and with a watch", async () => {
    await using service = new InMemoryImages({ recordsCalls: false });
    const { address } = await service.listen("127.0.0.1:0");
    const { idleKb, connectedKb, watchingKb, files } = await measure({ ADDRESS: address });
    assert.ok(idleKb <= MAX_IDLE_KB, `${idleKb} kB before the first call`);
    assert.ok(connectedKb <= MAX_CONNECTED_KB, `${connectedKb} kB connected`);
    assert.ok(watchingKb <= MAX_WATCHING_KB, `${watchingKb} kB with a watch`);
    if (process.platform === "linux") assert.equal(files, COUNT, "a file for each connection");
  });

  it("connected with TLS, and with a watch", async () => {
    await using service = new InMemoryImages({ recordsCalls: false });
    const plain = new URL((await service.listen("127.0.0.1:0")).address);
    const server = selfSigned();
    const client = selfSigned("client");
    const options = { ...server, ALPNProtocols: ["h2"], ca: client.cert, requestCert: true, noDelay: true };
    const proxy = tls.createServer(options, (socket) => {
      const upstream = net.connect(Number(plain.port), plain.hostname).setNoDelay();
      socket.pipe(upstream).pipe(socket);
      socket.on("error", () => upstream.destroy());
      upstream.on("error", () => socket.destroy());
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const listening = proxy.address();
    const port = typeof listening === "object" ? listening?.port : undefined;
    try {
      const { connectedKb, watchingKb } = await measure({
        ADDRESS: `https://localhost:${port}`,
        CA: server.cert,
        CERT: client.cert,
        KEY: client.key,
      });
      assert.ok(connectedKb <= MAX_CONNECTED_TLS_KB, `${connectedKb} kB connected`);
      assert.ok(watchingKb <= MAX_WATCHING_TLS_KB, `${watchingKb} kB with a watch`);
    } finally {
      proxy.close();
    }
  });
});

async function measure(env: Readonly<Record<string, string>>): Promise<Measured> {
  const args = await nodeArgs(fileURLToPath(new URL("many-clients.ts", import.meta.url)));
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { ...process.env, COUNT: String(COUNT), ...env },
  });
  return JSON.parse(stdout);
}
