import assert from "node:assert/strict";
import { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import ssh2, { Client } from "ssh2";
import { SshHost, type SshHostOptions } from "../../../examples/ssh-dial.js";
import { openSshTunnel } from "../../../examples/ssh-tunnel.js";
import { ImagesClient, isImagesError } from "../../../src/index.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { type SshServer, startSshServer } from "../../support/daemon/sshd.js";
import { isLong } from "../../support/is-long.js";
import { run } from "../../support/programs/run.js";
import { watchedWork } from "./watched-work.js";

const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
/** What sshd allows by default for each connection; forwarded sockets are no sessions. */
const MAX_SESSIONS = 10;
const DURATION_MS = isLong ? 120_000 : 2_500;
const LONGEST_STOP_MS = isLong ? 4_000 : 1_000;

const target = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

describe(`over ssh, seed ${SEED}`, () => {
  let daemon: Daemon;
  let server: SshServer;
  const path = process.env["PATH"];

  before(async () => {
    [daemon, server] = await Promise.all([startDaemon("2.x"), startSshServer()]);
    process.env["PATH"] = `${server.binFolder}:${path}`;
  });
  after(async () => {
    process.env["PATH"] = path;
    await Promise.all([daemon.stop(), server.stop()]);
  });

  const sshHost = (options: Partial<SshHostOptions> = {}) =>
    new SshHost({
      host: "127.0.0.1",
      port: server.port,
      username: "root",
      privateKey: readFileSync(server.keyFile),
      hostFingerprint: server.hostFingerprint,
      socket: daemon.socketPath,
      ...options,
    });

  it("the example lists images, with the program ssh and with the package ssh2, and ends", async () => {
    await using images = new ImagesClient({ namespace: "ssh", address: daemon.address });
    await images.create({ name: "example.com/far:1", target });
    const env = { CONTAINERD_SOCKET: daemon.socketPath, CONTAINERD_NAMESPACE: "ssh" };
    const login = {
      SSH_PORT: String(server.port),
      SSH_KEY: server.keyFile,
      SSH_FINGERPRINT: server.hostFingerprint,
    };
    const outputs = [
      await run("examples/ssh.ts", { ...env, SSH_HOST: "node" }),
      await run("examples/ssh.ts", { ...env, SSH_HOST: "root@node", SSH_PORT: login.SSH_PORT }),
      await run("examples/ssh.ts", { ...env, ...login, SSH_HOST: "root@127.0.0.1" }),
    ];
    for (const output of outputs) assert.equal(output, `example.com/far:1 ${target.digest}\n`);
  });

  it("a host that ssh does not know is an error at once", async () => {
    await assert.rejects(openSshTunnel("no-such-host.invalid", daemon.socketPath), /ssh has ended/);
  });

  it("a machine without ssh is an error at once, and no process is killed", async (t) => {
    const kill = t.mock.method(ChildProcess.prototype, "kill", () => true);
    const withSsh = process.env["PATH"];
    process.env["PATH"] = "/nowhere";
    try {
      await assert.rejects(openSshTunnel("node", daemon.socketPath), /ssh has ended/);
    } finally {
      process.env["PATH"] = withSsh;
    }
    assert.equal(kill.mock.callCount(), 0); // its process id would be that of another process, or 0
  });

  it("a server with another key gets nothing, and is asked once", async (t) => {
    const connect = t.mock.method(Client.prototype, "connect");
    using ssh = sshHost({ hostFingerprint: "SHA256:another" });
    await using images = new ImagesClient({ namespace: "ssh", dial: ssh.dial });
    await assert.rejects(images.list(), (error) => {
      assert.ok(isImagesError(error));
      assert.equal(error.code, "unauthenticated");
      assert.ok(
        error.message.includes(`dial failed: the host has the key ${server.hostFingerprint}, not`),
        error.message,
      );
      return true;
    });
    assert.equal(connect.mock.callCount(), 1);
  });

  it("a key of the user that the host refuses is tried once", async (t) => {
    const connect = t.mock.method(Client.prototype, "connect");
    using ssh = sshHost({ privateKey: ssh2.utils.generateKeyPairSync("ed25519").private });
    await using images = new ImagesClient({ namespace: "ssh", dial: ssh.dial });
    await assert.rejects(images.list(), (error) => {
      assert.ok(isImagesError(error));
      assert.equal(error.code, "unauthenticated");
      assert.match(error.message, /dial failed: the host refuses the user or the key/);
      return true;
    });
    assert.equal(connect.mock.callCount(), 1);
  });

  it("a missing fingerprint is refused before anything is sent", () => {
    assert.throws(() => sshHost({ hostFingerprint: "" }), /fingerprint .* is missing: SHA256:…, as `ssh-keygen -l -f/);
  });

  it("a client that is still open does not log in after the connection was disposed of", async (t) => {
    const ssh = sshHost();
    await using images = new ImagesClient({ namespace: "ssh", dial: ssh.dial });
    await images.list();
    const connect = t.mock.method(Client.prototype, "connect");
    ssh[Symbol.dispose]();
    await assert.rejects(async () => {
      for (;;) await images.list(); // until the end of the connection has arrived
    }, /the ssh connection was disposed of/);
    assert.equal(connect.mock.callCount(), 0);
  });

  it("a socket that the host cannot reach is named, or its way is", async () => {
    using ssh = sshHost({ socket: "/no/such.sock" });
    await using overDial = new ImagesClient({ namespace: "ssh", dial: ssh.dial, waitForDaemonMs: 0 });
    await assert.rejects(overDial.list(), (error) => {
      assert.ok(isImagesError(error));
      assert.match(error.message, /the host does not connect to \/no\/such\.sock: .*AllowStreamLocalForwarding/);
      return true;
    });
    await using tunnel = await openSshTunnel("node", "/no/such.sock");
    await using overTunnel = new ImagesClient({ namespace: "ssh", address: tunnel.address, waitForDaemonMs: 0 });
    await assert.rejects(overTunnel.list(), (error) => {
      assert.ok(isImagesError(error));
      assert.match(error.hint ?? "", /ssh -L cannot reach the socket behind it/);
      return true;
    });
  });

  it("sshd that forbids forwarding to sockets is named; its limit of sessions does not matter", async () => {
    await using strict = await startSshServer(["AllowStreamLocalForwarding no"]);
    const login = { port: strict.port, privateKey: readFileSync(strict.keyFile) };
    using refused = sshHost({ ...login, hostFingerprint: strict.hostFingerprint });
    await using images = new ImagesClient({ namespace: "ssh", dial: refused.dial, waitForDaemonMs: 0 });
    await assert.rejects(images.list(), /AllowStreamLocalForwarding/);
    assert.match(strict.log(), /refused streamlocal port forward/); // docs/remote.md names it

    using ssh = sshHost();
    const clients = Array.from(
      { length: MAX_SESSIONS * 2 },
      () => new ImagesClient({ namespace: "ssh", dial: ssh.dial }),
    );
    await Promise.all(clients.map((client) => client.list()));
    assert.equal(server.sessions().length, 1);
    await Promise.all(clients.map((client) => client.close()));
  });

  it("calls wait for a containerd that restarts behind ssh", async () => {
    await using tunnel = await openSshTunnel("node", daemon.socketPath);
    using ssh = sshHost();
    await using overTunnel = new ImagesClient({ namespace: "ssh", address: tunnel.address });
    await using overDial = new ImagesClient({ namespace: "ssh", dial: ssh.dial });
    const list = () => Promise.all([overTunnel.list(), overDial.list()]);
    await list();
    const sessions = server.sessions();
    daemon.kill("SIGKILL");
    await daemon.exited;
    const waiting = list();
    await daemon.restart();
    await waiting;
    assert.deepEqual(server.sessions(), sessions); // the ssh connections are still the same
  });

  it("through ssh -L, no outcome is wrong when ssh or its session is killed or stopped", async () => {
    await using tunnel = await openSshTunnel("node", daemon.socketPath);
    await using images = new ImagesClient({ namespace: "tunnel", address: tunnel.address });
    const processes = () => [...server.sessions(), ...(tunnel.pid === undefined ? [] : [tunnel.pid])];
    await watchedWork(images, { processes, seed: SEED, durationMs: DURATION_MS, longestStopMs: LONGEST_STOP_MS });
  });

  it("through ssh2, no outcome is wrong when the session is killed or stopped", async () => {
    using ssh = sshHost();
    await using images = new ImagesClient({ namespace: "dialed", dial: ssh.dial });
    await watchedWork(images, {
      processes: server.sessions,
      seed: SEED,
      durationMs: DURATION_MS,
      longestStopMs: LONGEST_STOP_MS,
    });
  });
});
