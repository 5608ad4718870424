import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { failureOf, get, newCall } from "./calls.js";

const AT_ONCE_MS = 2_000; // some milliseconds, on a machine that does nothing else

describe("addresses that no waiting will help", () => {
  const dir = mkdtempSync(join(tmpdir(), "address-"));
  after(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, "file"), "");
  mkdirSync(join(dir, "folder"));
  symlinkSync(join(dir, "circle"), join(dir, "circle"));

  for (const [name, path, telling] of [
    ["a regular file", join(dir, "file"), /another kind/],
    ["a folder", join(dir, "folder"), /another kind/],
    ["a path through a file", join(dir, "file/c.sock"), /must be the path/],
    ["a link to itself", join(dir, "circle"), /must be the path/],
    ["containerd's ttrpc socket", join(dir, "c.sock.ttrpc"), /use .*\/c\.sock$/],
    ["a path that the system would cut", `/${"d".repeat(107)}`, /107 bytes/],
  ] as const) {
    it(`${name} fails at once, also when the daemon is waited for`, async () => {
      const channel = new Http2Channel({ kind: "unix", path }, { waitForDaemonMs: 10_000 });
      const start = performance.now();
      const { code, kind, evidence, hint } = await failureOf(get(channel));
      assert.deepEqual([code, kind, evidence], ["unavailable", "misconfigured", "never-sent"]);
      assert.match(hint ?? "", telling);
      assert.ok(performance.now() - start < AT_ONCE_MS);
    });
  }

  it("certificates that cannot be read fail at once", async () => {
    const channel = new Http2Channel({
      kind: "tls",
      host: "localhost",
      port: 1,
      tls: { ca: "x", cert: "x", key: "x" },
    });
    const { code, kind, evidence } = await failureOf(get(channel));
    assert.deepEqual([code, kind, evidence], ["unavailable", "misconfigured", "never-sent"]);
  });
});

describe("systems at their limits", () => {
  it("having no file descriptor left is resource_exhausted, and passes", () => {
    const script = fileURLToPath(new URL("no-descriptors.ts", import.meta.url));
    const command = `ulimit -n 100 && exec "$0" --import tsx ${script}`;
    const { status, stderr } = spawnSync("bash", ["-c", command, process.execPath], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });

  it("a daemon whose queue is full is waited for", async () => {
    const dir = mkdtempSync(join(tmpdir(), "backlog-"));
    const path = join(dir, "c.sock");
    const code = `
      require("net").createServer().listen({ path: ${JSON.stringify(path)}, backlog: 1 }, () => console.log(1));
      process.stdin.resume().on("end", () => process.exit()); // this test was killed
    `;
    const server = spawn(process.execPath, ["-e", code], { stdio: ["pipe", "pipe", "inherit"] });
    const queue: Socket[] = [];
    try {
      await once(server.stdout, "data");
      server.kill("SIGSTOP");
      while (!(await isFull(path, queue)));
      const channel = new Http2Channel({ kind: "unix", path }, { waitForDaemonMs: 100 });
      const { code: name, kind, evidence, message } = await failureOf(get(channel, newCall({ timeoutMs: 5_000 })));
      assert.deepEqual([name, kind, evidence], ["unavailable", "unreachable", "never-sent"]);
      assert.match(message, /EAGAIN/);
    } finally {
      for (const socket of queue) socket.destroy();
      server.kill("SIGKILL");
      rmSync(dir, { recursive: true });
    }
  });
});

async function isFull(path: string, queue: Socket[]): Promise<boolean> {
  const socket = createConnection(path);
  queue.push(socket);
  return await new Promise((resolve) => {
    socket.once("connect", () => resolve(false));
    socket.once("error", () => resolve(true));
  });
}
