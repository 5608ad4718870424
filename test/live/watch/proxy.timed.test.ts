import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ImagesClient, type Watch, type WatchEvent } from "../../../src/index.js";
import { makeCertificates } from "../../support/daemon/certificates.js";
import { startDaemon } from "../../support/daemon/daemon.js";
import { startProxy } from "../../support/daemon/proxy.js";
import { timeToRelease } from "./open-streams.js";

const target = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"a".repeat(64)}`, size: 1 };

async function until(watch: Watch, isIt: (event: WatchEvent) => boolean): Promise<void> {
  for (;;) {
    const { value, done } = await watch.next();
    assert.ok(done !== true);
    if (isIt(value)) return;
  }
}

describe("a watch through a TLS proxy", () => {
  it("reports changes, connects again after a restart, and closes its stream at the end", async () => {
    const certificates = await makeCertificates();
    await using daemon = await startDaemon("2.x");
    const tls = { server: certificates.server, clientCa: certificates.ca };
    await using proxy = await startProxy(daemon, { tls });
    const { ca, client } = certificates;
    await using images = new ImagesClient({ namespace: "n", address: proxy.address, tls: { ca, ...client } });
    await using direct = new ImagesClient({ namespace: "n", address: daemon.address });
    const watch = images.watch();
    await until(watch, ({ type }) => type === "synced");
    await direct.create({ name: "a", target });
    await until(watch, ({ type }) => type === "created");
    await daemon.restart();
    await direct.delete("a");
    await until(watch, ({ type }) => type === "deleted");
    await direct.create({ name: "b", target });
    await until(watch, ({ type }) => type === "created");
    await watch.return();
    const tookMs = await timeToRelease(daemon);
    assert.ok(tookMs <= 300, `${tookMs} ms`);
  });
});
