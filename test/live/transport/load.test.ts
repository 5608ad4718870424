import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { createRequest, listRequest } from "../../../src/codec/requests.js";
import { imageResponse, imagesResponse } from "../../../src/codec/responses.js";
import type { Image } from "../../../src/image.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { usageAfterCollection } from "../../faults/collect-garbage.js";
import { type Daemon, startDaemon } from "../../support/daemon/daemon.js";
import { isLong } from "../../support/is-long.js";
import { get, newCall, outcome } from "../../unit/transport/calls.js";

const MB = 1_000_000;
const MIB = 1 << 20;
const IN_A_ROW = isLong ? 100_000 : 4_000;

describe("load on one connection", () => {
  let daemon: Daemon;
  let channel: Http2Channel;

  before(async () => {
    daemon = await startDaemon("2.x");
    channel = new Http2Channel({ kind: "unix", path: daemon.socketPath });
    await create("app:1", 0);
  });
  after(async () => {
    channel.destroy();
    await daemon.stop();
  });

  it("carries 10,000 gets at once", async () => {
    await Promise.all(Array.from({ length: 10_000 }, () => get(channel, newCall({ timeoutMs: 60_000 }))));
  });

  it(`carries ${IN_A_ROW} gets in a row without growing`, async () => {
    for (let i = 0; i < 2_000; i += 1) await get(channel);
    const [bytes, files] = [await usedHeapBytes(), descriptors()];
    for (let i = 0; i < IN_A_ROW; i += 1) await get(channel);
    const grownBytes = (await usedHeapBytes()) - bytes;
    assert.ok(grownBytes < 5 * MB, `the heap grew by ${grownBytes} bytes`);
    assert.equal(descriptors(), files);
  });

  it("creates a record of almost 16 MiB beside 60 gets", async () => {
    const gets = () => Array.from({ length: 30 }, () => get(channel));
    await Promise.all([...gets(), create("large:1", 15.9 * MIB), ...gets()]);
    assert.equal((await get(channel, newCall(), "large:1")).name, "large:1");
  });

  it("creates 64 records of 1 MB at once beside 60 gets", async () => {
    const creates = Array.from({ length: 64 }, (_, i) => create(`mb:${i}`, MB));
    await Promise.all([...creates, ...Array.from({ length: 60 }, () => get(channel))]);
  });

  it("lists ten of them, and says so when they are more than the server sends", async () => {
    assert.equal((await list('name~="^mb:[0-9]$"')).length, 10);
    assert.equal(await outcome(list("")), "resource_exhausted status answered");
  });

  it("says so when the server refuses a message, and goes on", async () => {
    assert.equal(await outcome(create("huge:1", 16.5 * MIB)), "resource_exhausted status answered");
    assert.equal((await get(channel)).name, "app:1");
  });

  async function list(filter: string): Promise<readonly Image[]> {
    const call = newCall({ timeoutMs: 60_000 });
    try {
      return await channel.unary(listRequest([filter]), call, imagesResponse);
    } finally {
      call.deadline.release();
    }
  }

  async function create(name: string, sizeBytes: number): Promise<void> {
    const count = Math.floor(sizeBytes / 4_000);
    const labels = Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}`.padStart(8), "x".repeat(3_980)]));
    const target = { mediaType: "a/b", digest: `sha256:${"0".repeat(64)}`, size: 1, annotations: {} };
    const call = newCall({ timeoutMs: 60_000 });
    try {
      await channel.unary(createRequest({ name, labels, target }, undefined), call, imageResponse);
    } finally {
      call.deadline.release();
    }
  }
});

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

async function usedHeapBytes(): Promise<number> {
  return (await usageAfterCollection()).heapUsed;
}
