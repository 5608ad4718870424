import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttps1Server } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import {
  type ErrorCode,
  ImagesClient,
  type ImagesClientOptions,
  isImagesError,
  isValidationError,
} from "../../src/index.js";
import { asNobody, neverNobody } from "../support/as-nobody.js";
import { type Certificates, makeCertificates } from "../support/daemon/certificates.js";
import { type Daemon, startDaemon, versions } from "../support/daemon/daemon.js";
import { freePort } from "../support/daemon/free-port.js";
import { startProxy } from "../support/daemon/proxy.js";

type Ends = Omit<ImagesClientOptions, "namespace">;

describe("a wrong end is named", () => {
  let certificates: Certificates;
  let daemon: Daemon;
  let dir: string;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "ends-"));
    [certificates, daemon] = await Promise.all([makeCertificates(), startDaemon("2.x")]);
  });
  after(async () => {
    await daemon.stop();
    rmSync(dir, { recursive: true });
  });

  describe("sockets", () => {
    it("a missing socket", async () => {
      await assertHint({ address: join(dir, "none.sock") }, "unavailable", /no such socket/);
    });

    it("a socket that nobody listens on", async () => {
      const path = await staleSocket();
      await assertHint({ address: path }, "unavailable", /nobody listens/);
      await assertHint({ address: `unix://${path}` }, "unavailable", /nobody listens/);
    });

    it("a regular file, a folder, and a path through a file", async () => {
      const file = join(dir, "file");
      writeFileSync(file, "");
      mkdirSync(join(dir, "folder"));
      await assertHint({ address: file }, "unavailable", /another kind/);
      await assertHint({ address: join(dir, "folder") }, "unavailable", /another kind/);
      await assertHint({ address: join(file, "c.sock") }, "unavailable", /must be the path/);
    });

    it("links in a circle", async () => {
      symlinkSync(join(dir, "circle"), join(dir, "circle"));
      await assertHint({ address: join(dir, "circle") }, "unavailable", /must be the path/);
    });

    it("a socket that this user may not open", { skip: neverNobody }, async () => {
      chmodSync(dirname(daemon.socketPath), 0o755);
      await asNobody(() => assertHint({ address: daemon.address }, "permission_denied", /root/));
      assert.deepEqual(await list({ address: daemon.address }), []);
    });

    it("containerd's ttrpc socket", async () => {
      const end = new RegExp(`: use ${daemon.socketPath}$`);
      await assertHint({ address: `${daemon.socketPath}.ttrpc` }, "unavailable", end);
    });

    it("an HTTP/1 server", async () => {
      await using server = await listening(createHttp1Server(), join(dir, "http1.sock"));
      await assertHint({ address: server.path }, "unavailable", /another program/);
    });

    it("a server that greets in another language", async () => {
      const ssh = createServer((socket) => socket.on("error", () => {}).write("SSH-2.0-none\r\n"));
      await using server = await listening(ssh, join(dir, "ssh.sock"));
      await assertHint({ address: server.path }, "unavailable", /another program/);
    });

    it("a server that never says anything", async () => {
      const silent = createServer((socket) => socket.on("error", () => {}).resume());
      await using server = await listening(silent, join(dir, "silent.sock"));
      await assertHint({ address: server.path, timeoutMs: 200 }, "deadline_exceeded", /frozen/);
    });
  });

  describe("sockets without a file", () => {
    it("an abstract socket that nobody listens on", async () => {
      const hint = process.versions.node.startsWith("20.") ? /nobody listens.*Node 20/ : /nobody listens.*running\?;/;
      await assertHint({ address: "unix-abstract:nobody-listens-here" }, "unavailable", hint);
    });

    it("an abstract socket of another server", async () => {
      await using _server = await listening(createHttp1Server(), `\0ends-${process.pid}`);
      await assertHint({ address: `unix-abstract:ends-${process.pid}` }, "unavailable", /another program/);
    });
  });

  describe("TCP", () => {
    it("a link-local address whose zone is no interface of this host", async () => {
      const address = "http://[fe80::1%25no-such-zone]:99";
      await assert.rejects(list({ address, retry: false, timeoutMs: 2_000 }), (error) => {
        assert.ok(isImagesError(error) && error.message.includes(address), String(error));
        // Newer Nodes take the first interface instead, where nobody may answer in time.
        const codes = ["unavailable", ...(process.versions.node.startsWith("20.") ? [] : ["deadline_exceeded"])];
        return error.outcome === "not-applied" && codes.includes(error.code);
      });
    });

    for (const version of versions) {
      it(`containerd ${version}'s own port, which serves no images`, async () => {
        const port = await freePort();
        await using other = await startDaemon(version, { tcpAddress: `127.0.0.1:${port}` });
        await assertHint({ address: `http://127.0.0.1:${port}` }, "unimplemented", /own TCP port serves no images/);
        assert.ok(other.alive());
      });
    }

    it("a port that nobody listens on", async () => {
      await assertHint({ address: `http://127.0.0.1:${await freePort()}` }, "unavailable", /nobody listens/);
    });

    it("a host that does not exist", async () => {
      await assertHint({ address: "http://no-such-host.invalid:1" }, "unavailable", /cannot be resolved/);
    });

    it("an HTTP/1 server", async () => {
      await using server = await listening(createHttp1Server(), 0);
      await assertHint({ address: `http://127.0.0.1:${server.port}` }, "unavailable", /https:\/\//);
    });

    it("a proxy whose daemon is down", async () => {
      await using proxy = await startProxy({ socketPath: join(dir, "none.sock") });
      await assertHint({ address: proxy.address, retry: false }, "unavailable", /cannot reach containerd/);
    });
  });

  describe("TLS", () => {
    it("an authority that the client does not trust", async () => {
      await using proxy = await secure("server");
      const { ca, strangerCa, client } = certificates;
      await assertHint({ address: proxy.address, tls: { ca: strangerCa, ...client } }, "unavailable", /tls\.ca/);
      await assertHint({ address: proxy.address, tls: client }, "unavailable", /tls\.ca/);
      assert.deepEqual(await list({ address: proxy.address, tls: { ca: [strangerCa, ca], ...client } }), []);
    });

    it("no client certificate, and a stranger's", async () => {
      await using proxy = await secure("server");
      const { ca, strangerClient } = certificates;
      await assertHint({ address: proxy.address, tls: { ca } }, "internal", /client certificate/);
      await assertHint({ address: proxy.address, tls: { ca, ...strangerClient } }, "internal", /client certificate/);
    });

    it("a peer that breaks the handshake over the client certificate", async () => {
      const { ca, server: own, strangerClient } = certificates;
      const strict = { ...own, ca, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ["h2"] };
      await using server = await listening(createHttps1Server(strict), 0);
      const address = `https://localhost:${server.port}`;
      await assertHint({ address, tls: { ca } }, "unavailable", /pass tls\.cert and tls\.key/);
      await assertHint({ address, tls: { ca, ...strangerClient } }, "unavailable", /refuse the client certificate/);
    });

    it("an expired certificate", async () => {
      await using proxy = await secure("expiredServer");
      await assertHint({ address: proxy.address, tls: trusted() }, "unavailable", /expired/);
    });

    it("a certificate for another host, unless it is asked for by that name", async () => {
      await using proxy = await secure("otherHostServer");
      await assertHint({ address: proxy.address, tls: trusted() }, "unavailable", /another host name/);
      assert.deepEqual(
        await list({ address: proxy.address, tls: { ...trusted(), servername: "elsewhere.example" } }),
        [],
      );
    });

    it("a certificate and a key that do not belong together, or cannot be read, before anything is dialed", async () => {
      await using proxy = await secure("server");
      const { ca, client, server } = certificates;
      for (const [tls, ...paths] of [
        [{ ca, cert: client.cert, key: server.key }, "tls.key"],
        [{ ca, cert: "nonsense", key: "nonsense" }, "tls.cert", "tls.key"],
      ] as const) {
        const make = () => new ImagesClient({ namespace: "default", address: proxy.address, tls });
        assert.throws(make, (error) => {
          assert.ok(isValidationError(error), String(error));
          assert.deepEqual(
            error.issues.map(({ path }) => path),
            paths,
          );
          return true;
        });
      }
      assert.deepEqual(await list({ address: proxy.address, tls: { ca, ...client } }), []);
    });

    it("a TLS port that is spoken to in clear", async () => {
      await using proxy = await secure("server");
      await assertHint({ address: `http://localhost:${proxy.port}` }, "unavailable", /https:\/\//);
    });

    it("a clear port that is spoken to in TLS", async () => {
      await using proxy = await startProxy(daemon);
      await assertHint({ address: `https://localhost:${proxy.port}`, tls: trusted() }, "unavailable", /http:\/\//);
    });

    it("a TLS server that is spoken to in clear, and closes the connection without a word", async () => {
      const { server: own } = certificates;
      for (const protocols of [["h2"], ["http/1.1"]]) {
        const server = createTlsServer({ ...own, ALPNProtocols: protocols }, (socket) => socket.on("error", () => {}));
        await using tls = await listening(server, 0);
        await assertHint(
          { address: `http://localhost:${tls.port}` },
          "unavailable",
          /TLS port .* https:\/\/.*diagnose\(\)/,
        );
      }
    });

    it("a clear port that is spoken to in TLS, and closes or breaks the connection without a word", async () => {
      for (const close of ["end", "resetAndDestroy"] as const) {
        const plain = createServer((socket) => {
          socket.on("error", () => {});
          socket.once("data", () => socket[close]());
        });
        await using server = await listening(plain, 0);
        const address = `https://localhost:${server.port}`;
        await assertHint({ address, tls: trusted() }, "unavailable", /speak no TLS.* http:\/\/.*diagnose\(\)/);
      }
    });

    it("a plain gRPC server that is spoken to in TLS", async () => {
      const port = await freePort();
      await using _other = await startDaemon("2.x", { tcpAddress: `127.0.0.1:${port}` });
      await assertHint({ address: `https://localhost:${port}`, tls: trusted() }, "unavailable", /http:\/\//);
    });

    it("a TLS server without HTTP/2", async () => {
      const { ca, server: own } = certificates;
      await using server = await listening(createHttps1Server(own), 0);
      await assertHint({ address: `https://localhost:${server.port}`, tls: { ca } }, "unavailable", /HTTP\/2/);
    });
  });

  describe("addresses that cannot be right are refused when the client is made", () => {
    for (const [address, telling] of [
      ["", /absolute socket path/],
      ["containerd.sock", /absolute socket path/],
      ["unix://relative.sock", /absolute socket path/],
      ["npipe:////./pipe/containerd-containerd", /named pipe, which only Windows has/],
      ["\\\\.\\pipe\\containerd-containerd", /named pipe, which only Windows has/],
      ["unix-abstract:", /must name an abstract socket/],
      ["http://[fe80::1%25]", /valid URL/],
      ["localhost:1234", /scheme/],
      ["ftp://localhost", /unknown scheme "ftp"/],
      ["http://", /valid URL/],
      ["http://localhost/path", /host and port only/],
      ["https://user:secret@localhost", /host and port only/],
      [`/${"d".repeat(107)}`, /107/],
      ["/run/\0.sock", /NUL/],
    ] as const) {
      it(JSON.stringify(address), () => {
        const make = () => new ImagesClient({ namespace: "default", address });
        assert.throws(make, { name: "ValidationError", message: telling });
        assert.throws(make, (error) => isValidationError(error) && error.issues[0]?.path === "address");
      });
    }

    it("certificates without https://", () => {
      for (const address of ["/run/c.sock", "http://localhost:1"]) {
        const make = () => new ImagesClient({ namespace: "default", address, tls: {} });
        assert.throws(make, { name: "ValidationError", message: /https:\/\// });
      }
    });
  });

  async function staleSocket(): Promise<string> {
    const path = join(dir, "stale.sock");
    const server = createServer();
    await once(server.listen(join(dir, "live.sock")), "listening");
    renameSync(join(dir, "live.sock"), path); // else closing would remove it
    await new Promise((resolve) => server.close(resolve));
    return path;
  }

  function secure(server: "server" | "expiredServer" | "otherHostServer"): ReturnType<typeof startProxy> {
    return startProxy(daemon, { tls: { server: certificates[server], clientCa: certificates.ca } });
  }

  function trusted() {
    return { ca: certificates.ca, ...certificates.client };
  }
});

async function list(ends: Ends): Promise<unknown> {
  await using images = new ImagesClient({ namespace: "ends", waitForDaemonMs: 0, timeoutMs: 10_000, ...ends });
  return await images.list();
}

/** Asserts that a call fails with this code and this hint, and has changed nothing. */
async function assertHint(ends: Ends, code: ErrorCode, hint: RegExp): Promise<void> {
  await assert.rejects(list(ends), (error) => {
    assert.ok(isImagesError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.hint ?? "no hint", hint);
    assert.equal(String(error), `ImagesError: ${error.message} (${error.hint})`);
    assert.ok(!error.message.includes(error.hint ?? ""), "the hint is printed once");
    return error.outcome === "not-applied";
  });
}

interface Listening extends AsyncDisposable {
  readonly path: string;
  readonly port: number;
}

async function listening(server: Server, at: string | number): Promise<Listening> {
  if (typeof at === "number") server.listen(at, "127.0.0.1");
  else server.listen(at);
  await once(server, "listening");
  const address = server.address() as AddressInfo | string; // of a server that listens
  return {
    path: typeof address === "string" ? address : "",
    port: typeof address === "string" ? 0 : address.port,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
