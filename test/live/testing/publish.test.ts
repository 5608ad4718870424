import assert from "node:assert/strict";
import { it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  Events,
  PublishRequestSchema,
  SubscribeRequestSchema,
} from "../../../gen/containerd/services/events/v1/events_pb.js";
import { ImageUpdateSchema } from "../../../gen/containerd/services/images/v1/events_pb.js";
import { EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { codeNames, frame, RawConnection, settled } from "../../support/raw-cases/call.js";
import { counterparts } from "../../support/raw-cases/versions.js";
import { until } from "./side.js";

interface Event {
  readonly typeUrl: string;
  readonly value?: Uint8Array;
}

const empty: Event = { typeUrl: "google.protobuf.Empty" };
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

  it(`a filter selects the same published events in memory as on containerd ${version}`, async () => {
    const { address } = await sharedDaemon(version);
    await using service = new InMemoryImages({ version: counterparts[version].profile });
    const server = await service.listen("127.0.0.1:0");
    const [expected, actual] = await Promise.all([address, server.address].map((each) => selected(each, version)));
    assert.deepEqual(actual, expected);
    assert.equal(expected?.[0]?.length, eventsOf(version).length);
  });
}

const content = toBinary(ImageUpdateSchema, create(ImageUpdateSchema, { name: "a", labels: { k: "v", "a.b": "v" } }));
const services = ["ImageCreate", "ImageUpdate", "ImageDelete"].map((type) => `containerd.services.images.v1.${type}`);
const namespaceEvents = ["NamespaceCreate", "NamespaceUpdate", "NamespaceDelete"];
const types = [...services, ...namespaceEvents.map((type) => `containerd.events.${type}`), "google.protobuf.Empty", ""];
const events: readonly Event[] = [content, Buffer.from("0aff", "hex"), new Uint8Array()].flatMap((value) =>
  types.map((typeUrl) => ({ typeUrl, value })),
);
const eventsFrom17 = [{ typeUrl: `x/y/${services[0]}`, value: content }, undefined]; // 1.6 would die of the last one
const filters = ["", "event", "event.name", "event.name==a", "event.name!=a", "event.name.x", "event.labels.k==v"];
const moreFilters = [
  ...["event.labels.a.b", 'event.labels."a.b"!=v', "event.labels", "event.labels.toString", "event.foo.k", "event.id"],
  ...["topic.x", "timestamp", "foo.name"],
];

function eventsOf(version: string): readonly (Event | undefined)[] {
  return version === "1.6" ? events : [...events, ...eventsFrom17];
}

/** What each filter lets pass of the events. */
async function selected(address: string, version: string): Promise<string[][]> {
  using connection = new RawConnection(address);
  const received = [...filters, ...moreFilters].map((filter) => subscribe(connection, filter));
  const haveAll = (topic: string) => received.every((topics) => topics.some((each) => each.startsWith(topic)));
  await until(
    async () => (await publish(connection, "/marks/start", "marks", empty)) === "OK " && haveAll("/marks/start"),
  );
  for (const [index, event] of eventsOf(version).entries())
    await publish(connection, `/filtered/${index}`, "filtered", event);
  await publish(connection, "/marks/end", "marks", empty);
  await until(() => haveAll("/marks/end"));
  return received.map((topics) => topics.filter((each) => each.startsWith("/filtered/")));
}

function subscribe(connection: RawConnection, filter: string): string[] {
  const received: string[] = [];
  const filters = ["namespace==marks", filter === "" ? "namespace==filtered" : `namespace==filtered,${filter}`];
  const stream = connection.open(`/${Events.typeName}/Subscribe`);
  stream.end(frame(toBinary(SubscribeRequestSchema, create(SubscribeRequestSchema, { filters }))));
  void settled(stream, (message) => {
    const { topic, event } = fromBinary(EnvelopeSchema, message);
    received.push(`${topic} ${event?.typeUrl}`);
  });
  return received;
}

async function answers(address: string): Promise<string[]> {
  using connection = new RawConnection(address);
  const all: string[] = [];
  for (const topic of topics) all.push(await publish(connection, topic, "default", empty));
  for (const namespace of namespaces) {
    all.push(
      await publish(connection, "/images/create", namespace, empty),
      await publish(connection, "", namespace, empty),
    );
  }
  return all;
}

async function publish(
  connection: RawConnection,
  topic: string,
  namespace: string | undefined,
  event: Event | undefined,
): Promise<string> {
  const published = create(PublishRequestSchema, { topic, ...(event && { event }) });
  const request = toBinary(PublishRequestSchema, published);
  const headers = namespace === undefined ? {} : { "containerd-namespace": namespace };
  const { code, message } = await connection.call(`/${Events.typeName}/Publish`, request, { headers });
  return `${codeNames[code ?? 0]} ${message}`;
}
