import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deleteRequest } from "../../../src/codec/requests.js";
import { emptyResponse } from "../../../src/codec/responses.js";
import { ImagesClient } from "../../../src/index.js";
import { OutdatedRequest } from "../../../src/rpc/outdated-request.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { Http2Channel } from "../../../src/transport/http2/channel.js";
import { descriptor } from "../../contract/records.js";
import { Peer } from "../../faults/peer.js";
import { ManualClock } from "../../support/manual-clock.js";
import { newCall } from "../transport/calls.js";
import { clockedClient } from "./clocked-client.js";
import { hooked } from "./hooked-transport.js";

const name = "app:1";
const SLOW_MS = 200;

/** A client whose delete waits for the server's version, and what happens the first time that it waits. */
function slowClient(version: "1.7" | "2.1", meanwhile: (other: ImagesClient) => Promise<unknown>, times = 1) {
  const service = new InMemoryImages({ version });
  service.seed([{ name, target: descriptor("a"), labels: { env: "temp" } }]);
  const other = new ImagesClient({ namespace: "default", transport: service.transport });
  const clock = new ManualClock();
  let waits = 0;
  const transport = hooked(service.transport, async (method) => {
    waits += method === "Version" ? 1 : 0;
    if (method !== "Version" || waits > times) return;
    await meanwhile(other);
    await clock.advance(SLOW_MS);
  });
  const methods = () => service.calls.map(({ method }) => method);
  return { images: clockedClient(transport, clock), other, methods };
}

describe("a delete that has to wait after its record was read", () => {
  for (const version of ["1.7", "2.1"] as const) {
    it(`reads it again, and keeps one that was changed meanwhile: ${version}`, async () => {
      const pin = (other: ImagesClient) => other.update(name, { labels: { pinned: "yes" } });
      const { images, other, methods } = slowClient(version, pin);
      const { results } = await images.deleteMany(await images.list());
      assert.deepEqual(
        results.map(({ status }) => status),
        ["changed"],
      );
      assert.deepEqual((await other.get(name)).labels, { env: "temp", pinned: "yes" });
      assert.ok(!methods().includes("delete"));
    });
  }

  it("is sent in the third round, however long it has waited", async () => {
    const { images, methods } = slowClient("2.1", () => Promise.resolve(), Number.POSITIVE_INFINITY);
    const { results } = await images.deleteMany(await images.list());
    assert.deepEqual(
      results.map(({ status }) => status),
      ["deleted"],
    );
    const round = ["get", "version"];
    assert.deepEqual(methods(), ["list", ...round, ...round, ...round, "delete"]);
  });
});

it("a channel does not send what is outdated", async () => {
  const requests: unknown[] = [];
  using peer = await Peer.start({ answer: (stream) => requests.push(stream) });
  const channel = new Http2Channel({ kind: "unix", path: peer.path });
  const outdated = deleteRequest(name, false, undefined, () => false);
  await assert.rejects(channel.unary(outdated, newCall(), emptyResponse), OutdatedRequest);
  assert.equal(requests.length, 0);
  channel.destroy();
});
