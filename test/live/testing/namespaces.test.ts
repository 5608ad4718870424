import assert from "node:assert/strict";
import { it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  Images,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import {
  DeleteNamespaceRequestSchema,
  Namespaces,
} from "../../../gen/containerd/services/namespaces/v1/namespace_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { startDaemon, versions } from "../../support/daemon/daemon.js";
import { codeNames } from "../../support/raw-cases/call.js";
import { counterparts } from "../../support/raw-cases/versions.js";
import { lease, leasedNamespace } from "./random-calls.js";
import { createLease, Side, seen, subscribed } from "./side.js";

for (const version of versions) {
  it(`a namespace is deleted on containerd ${version} as in memory`, async () => {
    await using daemon = await startDaemon(version);
    await using service = new InMemoryImages({ version: counterparts[version].profile });
    const server = await service.listen("127.0.0.1:0");
    using onDaemon = new Side(daemon.address, "^/(images|namespaces)");
    using inMemory = new Side(server.address, "^/(images|namespaces)");
    await createLease(onDaemon);
    service.addLease(lease, leasedNamespace);
    const [expected, actual] = await Promise.all([scenario(onDaemon), scenario(inMemory)]);
    assert.deepEqual(actual, expected);
    assert.equal(expected.answers.filter((answer) => answer === "OK ").length, 5);
    assert.equal(JSON.stringify(expected.events).match(/NamespaceDelete/g)?.length, 2);
  });
}

async function scenario(side: Side) {
  const start = await subscribed(side);
  const answers = [
    await removeNamespace(side, ""),
    await removeNamespace(side, "never %d seen"),
    await removeNamespace(side, "version"),
    await add(side, "full"),
    await removeNamespace(side, "full"),
    await remove(side, "app"),
    await remove(side, ""), // a namespace that was in use answers this in another way
    await removeNamespace(side, "full"),
    await remove(side, ""),
    await removeNamespace(side, "full"),
    await removeNamespace(side, leasedNamespace),
    await add(side, "full"),
  ];
  await seen(side, "end");
  return { answers, namespaces: await namespaces(side), events: side.events.slice(start) };
}

function removeNamespace(side: Side, name: string): Promise<string> {
  const request = toBinary(DeleteNamespaceRequestSchema, create(DeleteNamespaceRequestSchema, { name }));
  return answerTo(side, `/${Namespaces.typeName}/Delete`, request, {});
}

function add(side: Side, namespace: string): Promise<string> {
  const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n };
  const message = create(CreateImageRequestSchema, { image: { name: "app", target } });
  return answerTo(side, `/${Images.typeName}/Create`, toBinary(CreateImageRequestSchema, message), {
    "containerd-namespace": namespace,
  });
}

function remove(side: Side, name: string): Promise<string> {
  const request = toBinary(DeleteImageRequestSchema, create(DeleteImageRequestSchema, { name }));
  return answerTo(side, `/${Images.typeName}/Delete`, request, { "containerd-namespace": "full" });
}

async function namespaces({ connection }: Side): Promise<string> {
  const { messages } = await connection.call(`/${Namespaces.typeName}/List`, new Uint8Array());
  return Buffer.concat(messages).toString();
}

async function answerTo(
  { connection }: Side,
  path: string,
  request: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const { code, message } = await connection.call(path, request, { headers });
  return `${codeNames[code ?? 0]} ${message}`;
}
