import assert from "node:assert/strict";
import { renameSync, symlinkSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ImagesClient } from "../../../src/index.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { startProxy } from "../../support/daemon/proxy.js";
import { proxyKinds } from "./proxies.js";

const mediaType = "application/vnd.oci.image.index.v1+json";
const target = { mediaType, digest: `sha256:${"a".repeat(64)}`, size: 1 };
const moved = { mediaType, digest: `sha256:${"b".repeat(64)}`, size: 1 };
const ifTarget = { digest: target.digest };

describe("a 2.x that is replaced by a 1.7 behind a connection that stays", () => {
  let older: Daemon;

  before(async () => {
    older = await startDaemon("1.7");
  });
  after(() => older.stop());

  for (const { title, start } of proxyKinds) {
    it(`${title}: a conditional delete is refused, and deletes nothing`, async () => {
      await using newer = await startDaemon("2.x");
      const behind = replaceable(newer);
      await using proxy = await start(behind);
      const namespace = title.replaceAll(" ", "-");
      await using images = new ImagesClient({ namespace, ...proxy.options });
      await isRefusedAfter(images, namespace, () => behind.replaceBy(older));
    });
  }

  it("a socket that is passed with dial: likewise", async () => {
    await using newer = await startDaemon("2.x");
    const behind = replaceable(newer);
    await using proxy = await startProxy(behind);
    await using images = new ImagesClient({ namespace: "dial", dial: () => connect(proxy.port, "127.0.0.1") });
    await isRefusedAfter(images, "dial", () => behind.replaceBy(older));
  });

  async function isRefusedAfter(images: ImagesClient, namespace: string, replace: () => Promise<void>): Promise<void> {
    await using direct = new ImagesClient({ namespace, address: older.address });
    await direct.create({ name: "app:1", target: moved });
    await images.create({ name: "app:1", target });
    await images.delete("app:1", { ifTarget });
    await replace();
    await assert.rejects(images.delete("app:1", { ifTarget }), {
      code: "failed_precondition",
      outcome: "not-applied",
      message: /needs containerd 2\.0 or newer, and this is containerd v?1\.7/,
    });
    assert.equal((await images.get("app:1")).target.digest, moved.digest);
  }
});

describe("a proxy that allows one request per connection", () => {
  it("passes everything on but conditional requests, whose error says why", async () => {
    await using daemon = await startDaemon("2.x");
    const changes = { "keepalive_requests 1000000": "keepalive_requests 1" };
    await using proxy = await startProxy(daemon, { changes });
    await using images = new ImagesClient({ namespace: "one", address: proxy.address });
    await images.create({ name: "app:1", target });
    await images.update("app:1", { labels: { env: "dev" } });
    assert.equal((await images.list()).length, 1);
    await assert.rejects(images.delete("app:1", { ifTarget }), {
      code: "failed_precondition",
      outcome: "not-applied",
      message: /needs two requests on one connection.* The peer ended 3 connections after the first; nothing was sent/,
    });
    await assert.rejects(images.create({ name: "app:2", target }, { sourceDateEpoch: new Date(0) }), {
      code: "failed_precondition",
    });
    await images.delete("app:1", { ifTarget: { ...ifTarget, fallback: "check-then-delete" } });
    assert.deepEqual(await images.list(), []);
  });

  it("after two requests, conditional ones succeed", async () => {
    await using daemon = await startDaemon("2.x");
    const changes = { "keepalive_requests 1000000": "keepalive_requests 2" };
    await using proxy = await startProxy(daemon, { changes });
    await using images = new ImagesClient({ namespace: "two", address: proxy.address });
    for (let round = 0; round < 5; round += 1) {
      await images.create({ name: "app:1", target });
      await images.delete("app:1", { ifTarget });
    }
  });
});

/** A path that leads to a daemon, and later to another one; the first then ends, with its connections. */
function replaceable(first: Daemon) {
  const socketPath = join(dirname(first.socketPath), "now.sock");
  symlinkSync(first.socketPath, socketPath);
  return {
    socketPath,
    replaceBy: async (second: Daemon) => {
      symlinkSync(second.socketPath, `${socketPath}.next`);
      renameSync(`${socketPath}.next`, socketPath);
      first.kill("SIGKILL");
      await first.exited;
    },
  };
}
