import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  ListImagesResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { type Daemon, sharedDaemon, startDaemon, type Version, versions } from "../../support/daemon/daemon.js";
import { freePort } from "../../support/daemon/free-port.js";
import { askVersion, grpcCall } from "../../support/daemon/grpc-call.js";

const images = "/containerd.services.images.v1.Images";
const series: Readonly<Record<Version, RegExp>> = { "1.6": /^1\.6\./, "1.7": /^1\.7\./, "2.x": /^2\.\d+\./ };

for (const version of versions) {
  describe(`a containerd ${version}`, () => {
    it("answers with its version, and serves images", async () => {
      await using daemon = await startDaemon(version);
      assert.match(await askVersion(daemon.address), series[version]);
      await createImage(daemon, "a:1");
      assert.deepEqual(await imageNames(daemon), ["a:1"]);
    });

    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      it(`restarts after ${signal} with the same data on the same socket`, async () => {
        await using daemon = await startDaemon(version);
        const { pid, socketPath, exited } = daemon;
        await createImage(daemon, "kept:1");
        await daemon.restart(signal);
        assert.deepEqual(await exited, signal === "SIGKILL" ? { code: null, signal } : { code: 0, signal: null });
        assert.ok(daemon.alive());
        assert.notEqual(daemon.pid, pid);
        assert.equal(daemon.socketPath, socketPath);
        assert.deepEqual(await imageNames(daemon), ["kept:1"]);
        assert.equal(daemon.log().match(/successfully booted/g)?.length, 2);
      });
    }

    it("leaves neither a process nor a file when it stops", async () => {
      const daemon = await startDaemon(version);
      const { pid, socketPath } = daemon;
      assert.ok(isRunning(pid) && existsSync(socketPath));
      await daemon.stop();
      assert.ok(!daemon.alive());
      assert.ok(!isRunning(pid));
      assert.ok(!existsSync(dirname(socketPath)));
      assert.match(daemon.log(), /successfully booted/);
    });

    it("keeps a data folder that it was given", async () => {
      const root = mkdtempSync(join(tmpdir(), "root-"));
      try {
        const first = await startDaemon(version, { root });
        await createImage(first, "old:1");
        await first.stop();
        await using second = await startDaemon(version, { root });
        assert.notEqual(second.socketPath, first.socketPath);
        assert.deepEqual(await imageNames(second), ["old:1"]);
      } finally {
        rmSync(root, { recursive: true });
      }
    });

    it("opens no TCP port", async () => {
      await using daemon = await startDaemon(version);
      assert.deepEqual(listeningPorts(daemon.pid), []);
    });

    it("opens the TCP port that it is told to, where no images are served", async () => {
      const port = await freePort();
      await using daemon = await startDaemon(version, { tcpAddress: `127.0.0.1:${port}` });
      assert.deepEqual(listeningPorts(daemon.pid), [port]);
      const { code, message } = await grpcCall(`http://127.0.0.1:${port}`, `${images}/List`);
      assert.equal(code, 12);
      assert.match(message, /unknown service/);
    });
  });
}

describe("daemons", () => {
  it("of all versions run side by side", async () => {
    const daemons = await Promise.all([...versions, ...versions].map((version) => startDaemon(version)));
    const answers = await Promise.all(daemons.map((daemon) => askVersion(daemon.address)));
    assert.equal(new Set(daemons.map(({ socketPath }) => socketPath)).size, daemons.length);
    for (const [index, { version }] of daemons.entries()) assert.match(answers[index] ?? "", series[version]);
    await Promise.all(daemons.map((daemon) => daemon.stop()));
  });

  it("are shared by all who ask for a shared one", async () => {
    const [one, same] = await Promise.all([sharedDaemon("2.x"), sharedDaemon("2.x")]);
    assert.equal(one, same);
    assert.ok(one.alive());
  });

  it("say why they do not start", async () => {
    await using other = await startDaemon("2.x");
    const port = await freePort();
    await using taken = createServer().listen(port, "127.0.0.1");
    await once(taken, "listening");
    const pid = other.pid;
    await assert.rejects(startDaemon("2.x", { tcpAddress: `127.0.0.1:${port}` }), /address already in use/);
    assert.ok(isRunning(pid));
  });

  for (const end of ["exit", "throw", "kill"]) {
    it(`are gone after a process that did ${end}`, async () => {
      const { pid, dir } = await startInOtherProcess(end);
      await gone(pid);
      if (end !== "kill") assert.ok(!existsSync(dir));
      rmSync(dir, { recursive: true, force: true }); // nobody can tidy up after SIGKILL
    });
  }
});

async function startInOtherProcess(end: string): Promise<{ pid: number; dir: string }> {
  const program = join(import.meta.dirname, "../../support/daemon/leave-daemon.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program, end], { stdio: ["ignore", "pipe", "ignore"] });
  const [output] = (await once(child.stdout, "data")) as [Buffer]; // the arguments of "data"
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  const [pid = "", socketPath = ""] = output.toString().trim().split(" ");
  return { pid: Number(pid), dir: dirname(socketPath) };
}

async function createImage({ address }: Daemon, name: string): Promise<void> {
  const target = { mediaType: "text/plain", digest: `sha256:${"a".repeat(64)}`, size: 1n };
  const request = create(CreateImageRequestSchema, { image: { name, target } });
  const { code, message } = await grpcCall(address, `${images}/Create`, toBinary(CreateImageRequestSchema, request));
  assert.equal(code, 0, message);
}

async function imageNames({ address }: Daemon): Promise<string[]> {
  const { body } = await grpcCall(address, `${images}/List`);
  return fromBinary(ListImagesResponseSchema, body).images.map(({ name }) => name);
}

/** Ports on which a process listens, by what the kernel tells of its sockets. */
function listeningPorts(pid: number): number[] {
  const fds = readdirSync(`/proc/${pid}/fd`).map((fd) => linkTarget(`/proc/${pid}/fd/${fd}`));
  const lines = ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8").split("\n").slice(1),
  );
  const sockets = lines.map((line) => line.trim().split(/\s+/)).filter(([, , , state]) => state === "0A");
  const own = sockets.filter((columns) => fds.includes(`socket:[${columns[9]}]`));
  return own.map(([, local = ""]) => Number.parseInt(local.split(":")[1] ?? "", 16));
}

/** Empty for a file that was closed meanwhile. */
function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/** A dead process whose new parent has not looked after it yet does not count. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

async function gone(pid: number): Promise<void> {
  const end = performance.now() + 5000;
  while (isRunning(pid)) {
    assert.ok(performance.now() < end, `process ${pid} is still there`);
    await sleep(5);
  }
}
