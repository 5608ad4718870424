import assert from "node:assert/strict";
import { it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  Images,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { counterparts } from "../../support/raw-cases/versions.js";
import { lease, leasedNamespace } from "./random-calls.js";
import { createLease, Side, seen, subscribed, until } from "./side.js";

const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n };
const expired = { "containerd.io/gc.expire": "2001-01-01T00:00:00Z" };
const headers = { "containerd-namespace": leasedNamespace };

for (const version of versions) {
  it(`garbage is collected on containerd ${version} as in memory`, async () => {
    await using daemon = await startDaemon(version);
    await using service = new InMemoryImages({ version: counterparts[version].profile });
    const server = await service.listen("127.0.0.1:0");
    using onDaemon = new Side(daemon.address);
    using inMemory = new Side(server.address);
    await createLease(onDaemon);
    service.addLease(lease, leasedNamespace);
    const collects = version === "2.x";
    const [expected, actual] = await Promise.all([scenario(onDaemon, collects), scenario(inMemory, collects)]);
    assert.deepEqual(actual, expected);
    assert.equal(expected.afterSync.includes("expired"), !collects);
  });
}

// Those that Go reads, and those that it does not, after which an image never expires.
const expiries = [
  ..."2001-02-28T4:05:06Z 2001-02-28T04:05:06,5Z 2001-01-01T00:00:00+24:00 2001-01-01T00:00:00-23:60".split(" "),
  ..."0000-01-01T00:00:00Z 2001-01-01T00:00:00.1234567891234-00:00".split(" "),
  ..."2001-02-30T00:00:00Z 2001-01-01T24:00:00Z 2001-01-01T00:00:60Z 2001-01-01T00:00:00+24:61".split(" "),
  ..."2001-01-01T00:60:00Z 2001-00-01T00:00:00Z 2001-13-01T00:00:00Z 2001-01-00T00:00:00Z".split(" "),
  ..."2001-01-01T00:00:00+25:00 2001-01-01t00:00:00z 2001-01-01T00:00:00 2001-1-01T00:00:00Z +001-01-01T00:00:00Z".split(
    " ",
  ),
];

async function scenario(side: Side, collects: boolean) {
  const start = await subscribed(side);
  // After its first collection a daemon makes no other one by itself, as it would some time after it started.
  await add(side, { name: "first", labels: {} });
  await remove(side, "first", true);
  // A lease lets go of a name only in a delete that names the lease.
  for (const [name, deleting] of [
    ["released", lease],
    ["held on to", undefined],
  ] as const) {
    await add(side, { name, labels: expired }, lease);
    await remove(side, name, true, deleting);
    await add(side, { name, labels: expired });
  }
  await add(side, { name: "leased", labels: expired }, lease);
  await add(side, { name: "keeper", labels: { "containerd.io/gc.ref.image/x": "kept" } });
  await add(side, { name: "kept", labels: expired });
  // References in a circle: one that is kept, and one that nothing keeps. Another label is no reference.
  await add(side, { name: "ring", labels: { "containerd.io/gc.ref.image": "inner ring" } });
  await add(side, { name: "inner ring", labels: { ...expired, "containerd.io/gc.ref.image.back": "ring" } });
  await add(side, { name: "loop", labels: { ...expired, "containerd.io/gc.ref.image": "loop" } });
  await add(side, { name: "named", labels: expired });
  await add(side, { name: "naming", labels: { "containerd.io/gc.ref.images": "named", of: "named" } });
  await add(side, { name: "future", labels: { "containerd.io/gc.expire": "2999-01-01T00:00:00Z" } });
  await add(side, { name: "odd", labels: { "containerd.io/gc.expire": "yesterday" } });
  for (const expiry of expiries) await add(side, { name: expiry, labels: { "containerd.io/gc.expire": expiry } });
  await add(side, { name: "trigger", labels: {} });
  await add(side, { name: "expired", labels: expired });
  await add(side, { name: "expired too", labels: { "containerd.io/gc.expire": "2001-01-01T02:00:00.5+01:00" } });
  await remove(side, "trigger", true);
  const afterSync = await side.names(headers);
  await remove(side, "keeper", false);
  // The background collection comes a quarter of a second after a delete.
  if (collects) await until(async () => !(await side.names(headers)).includes("kept"));
  await seen(side, "end");
  return { afterSync, afterDelete: await side.names(headers), events: side.events.slice(start) };
}

interface NewImage {
  readonly name: string;
  readonly labels: Record<string, string>;
}

async function add({ connection }: Side, image: NewImage, held?: string): Promise<void> {
  const message = create(CreateImageRequestSchema, { image: { ...image, target } });
  const request = toBinary(CreateImageRequestSchema, message);
  const reply = await connection.call(`/${Images.typeName}/Create`, request, { headers: headersOf(held) });
  assert.equal(reply.code, 0, reply.message);
}

async function remove({ connection }: Side, name: string, sync: boolean, held?: string): Promise<void> {
  const request = toBinary(DeleteImageRequestSchema, create(DeleteImageRequestSchema, { name, sync }));
  const reply = await connection.call(`/${Images.typeName}/Delete`, request, { headers: headersOf(held) });
  assert.equal(reply.code, 0, reply.message);
}

function headersOf(held: string | undefined): Readonly<Record<string, string>> {
  return held === undefined ? headers : { ...headers, "containerd-lease": held };
}
