import assert from "node:assert/strict";
import { it } from "node:test";
import { fieldsOf } from "../../../src/codec/scan.js";
import { compile } from "../../../src/filters/index.js";
import { allNames, type NamePartition } from "../../../src/operations/name-partition.js";
import { digest, freshNamespace } from "../../contract/records.js";
import { sharedDaemon, type Version, versions } from "../../support/daemon/daemon.js";
import { bytesField, intField, stringField } from "../../support/encoded-fields.js";
import { RawConnection } from "../../support/raw-cases/call.js";

const utf8 = [
  "a",
  "aa",
  "ab",
  "a\n",
  "\na",
  "a\0",
  "\0",
  " ",
  "é",
  "e\u0301",
  "\u0080",
  "\ud7ff",
  "\ue000",
  "\ufffd",
  "\ufffda",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
  "a\u{10ffff}",
  ".",
  "a$",
  "^a",
  "docker.io/library/alpine:3.20",
  "docker.io/library/alpine:3.21",
  "docker.io/library/alpine",
  `sha256:${"0".repeat(64)}`,
].map((name) => Buffer.from(name));

// What is not UTF-8 on its own, next to what it is read as and to what it could be the beginning of.
const otherBytes = ["ff", "61ff", "ff61", "fffe", "c3", "e28241", "f09f98", "eda080", "80", "61c3"].map((hex) =>
  Buffer.from(hex, "hex"),
);

/** Only 1.6 stores names that are not UTF-8. */
function namesFor(version: Version): readonly Buffer[] {
  return version === "1.6" ? [...utf8, ...otherBytes] : utf8;
}

for (const version of versions) {
  it(`containerd ${version} finds every name in exactly one part, however often the names are divided`, async () => {
    const { address } = await sharedDaemon(version);
    using connection = new RawConnection(address);
    const headers = { "containerd-namespace": freshNamespace() };
    const call = async (method: string, request: Uint8Array) => {
      const reply = await connection.call(`/containerd.services.images.v1.Images/${method}`, request, { headers });
      assert.equal(reply.code, 0, reply.message);
      return reply.messages[0] ?? new Uint8Array();
    };
    const list = async ({ filter }: NamePartition) => {
      const request = Buffer.concat(compile(filter).map((text) => bytesField(1, Buffer.from(text))));
      const images = fieldsOf(await call("List", request), 1);
      return images.flatMap((image) => fieldsOf(image, 1)).map((name) => name.toString("hex"));
    };
    for (const name of namesFor(version)) await call("Create", bytesField(1, bytesField(1, name), target));

    let lists = 0;
    const found: string[] = [];
    const walk = async (shard: NamePartition, names: readonly string[]): Promise<void> => {
      const parts = names.length > 1 ? shard.split() : [];
      if (parts.length === 0) return void found.push(...names);
      const inParts = await Promise.all(parts.map(list));
      lists += parts.length;
      assert.deepEqual(inParts.flat().sort(), [...names].sort());
      for (const [index, part] of parts.entries()) await walk(part, inParts[index] ?? []);
    };
    await walk(allNames, await list(allNames));
    assert.deepEqual(
      found.sort(),
      namesFor(version)
        .map((name) => name.toString("hex"))
        .sort(),
    );
    assert.ok(lists < 5_000, `${lists} lists`);
  });
}

const target = bytesField(3, stringField(1, "application/x"), stringField(2, digest("a")), intField(3, 1));
