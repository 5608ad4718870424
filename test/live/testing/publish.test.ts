import assert from "node:assert/strict";
import { it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Events, PublishRequestSchema } from "../../../gen/containerd/services/events/v1/events_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { codeNames, RawConnection } from "../../support/raw-cases/call.js";
import { counterparts } from "../../support/raw-cases/versions.js";

const long = "n".repeat(77);
const topics = ["/images/create", "/a_b/c-d.e", "/a%d", "", "x", "/", "//", "/a/", "/a//b", "/a b", "/é", `/${long}`];
const namespaces = [undefined, "", "default", "-a", "a b", long];

for (const version of versions) {
  it(`a published event is accepted or rejected in memory as by containerd ${version}`, async () => {
    const { address } = await sharedDaemon(version);
    await using service = new InMemoryImages({ version: counterparts[version].profile });
    const server = await service.listen("127.0.0.1:0");
    const [expected, actual] = await Promise.all([address, server.address].map(answers));
    assert.deepEqual(actual, expected);
    assert.deepEqual(expected?.slice(0, 2), ["OK ", "OK "]);
  });
}

async function answers(address: string): Promise<string[]> {
  using connection = new RawConnection(address);
  const all: string[] = [];
  for (const topic of topics) all.push(await publish(connection, topic, "default"));
  for (const namespace of namespaces) {
    all.push(await publish(connection, "/images/create", namespace), await publish(connection, "", namespace));
  }
  return all;
}

async function publish(connection: RawConnection, topic: string, namespace: string | undefined): Promise<string> {
  const event = { typeUrl: "google.protobuf.Empty" };
  const request = toBinary(PublishRequestSchema, create(PublishRequestSchema, { topic, event }));
  const headers = namespace === undefined ? {} : { "containerd-namespace": namespace };
  const { code, message } = await connection.call(`/${Events.typeName}/Publish`, request, { headers });
  return `${codeNames[code ?? 0]} ${message}`;
}
