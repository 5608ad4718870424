import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { create, fromBinary, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { Events } from "../../../gen/containerd/services/events/v1/events_pb.js";
import { ImageUpdateSchema } from "../../../gen/containerd/services/images/v1/events_pb.js";
import { CreateImageRequestSchema, type Image, Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { EnvelopeSchema } from "../../../gen/containerd/types/event_pb.js";
import { codeNames, frame, RawConnection, settled } from "../../support/raw-cases/call.js";
import { lease, leasedNamespace, type RandomCall } from "./random-calls.js";

/** What a call came to, comparable between two servers. */
export interface Transcript {
  readonly code: string;
  readonly message: string;
  readonly images: readonly JsonValue[];
}

/** One of two servers that get the same calls. */
export class Side {
  readonly connection: RawConnection;
  readonly events: JsonValue[] = [];
  readonly #subscription;
  readonly #times = new Map<string, string>();

  constructor(address: string, topics = "^/images") {
    this.connection = new RawConnection(address);
    this.#subscription = this.connection.open(`/${Events.typeName}/Subscribe`);
    const filter = Buffer.from(`topic~="${topics}"`);
    this.#subscription.end(frame(Buffer.concat([Buffer.from([0x0a, filter.length]), filter]))); // field 1: filters
    void settled(this.#subscription, (message) => this.events.push(describeEvent(message)));
  }

  /** Makes a call; `step` names the time that it may have stored. */
  async call({ rpc, path, request, headers }: RandomCall, step: number): Promise<Transcript> {
    const reply = await this.connection.call(path, request, { headers });
    const images = reply.code === 0 ? imagesOf(rpc, reply.messages[0] ?? new Uint8Array()) : [];
    return {
      code: reply.code === undefined ? "BROKEN" : (codeNames[reply.code] ?? String(reply.code)),
      message: reply.message,
      images: images.map((image) => this.#describe(image, step)),
    };
  }

  /** The names that a List gives. */
  async names(headers: RandomCall["headers"]): Promise<string[]> {
    const reply = await this.connection.call(`/${Images.typeName}/List`, new Uint8Array(), { headers });
    return imagesOf("List", reply.messages[0] ?? new Uint8Array()).map(({ name }) => name);
  }

  [Symbol.dispose](): void {
    this.connection[Symbol.dispose]();
  }

  #describe({ name, labels, target, createdAt, updatedAt }: Image, step: number): JsonValue {
    return {
      name,
      labels: sorted(labels),
      digest: target?.digest ?? "",
      mediaType: target?.mediaType ?? "",
      size: String(target?.size),
      annotations: sorted(target?.annotations ?? {}),
      createdAt: this.#timeName(createdAt, step),
      updatedAt: this.#timeName(updatedAt, step),
    };
  }

  // A time of the server's clock is known by the step at which it was first seen; any other as it is.
  #timeName(time: Timestamp | undefined, step: number): string {
    const exact = `${time?.seconds}.${time?.nanos}`;
    const isOfClock = time !== undefined && Math.abs(timestampMs(time) - Date.now()) < 3_600_000;
    if (!isOfClock) return exact;
    const name = this.#times.get(exact) ?? `step ${step}`;
    this.#times.set(exact, name);
    return name;
  }
}

function imagesOf(rpc: RandomCall["rpc"], bytes: Uint8Array): Image[] {
  switch (rpc) {
    case "Delete":
      return [];
    case "List":
      return fromBinary(Images.method.list.output, bytes).images;
    case "Get":
    case "Create":
    case "Update": {
      // All three answer with the image as field 1.
      const { image } = fromBinary(Images.method.get.output, bytes);
      return image === undefined ? [] : [image];
    }
  }
}

function describeEvent(bytes: Uint8Array): JsonValue {
  const { namespace, topic, event } = fromBinary(EnvelopeSchema, bytes);
  // The three payloads share their field numbers.
  const { name, labels } = fromBinary(ImageUpdateSchema, event?.value ?? new Uint8Array());
  return { namespace, topic, type: event?.typeUrl ?? "", name, labels: sorted(labels) };
}

function sorted(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Waits until events arrive; gives how many came before the last of these trials. */
export async function subscribed(side: Side): Promise<number> {
  let trial = 0;
  await until(async () => {
    await touch(side, `trial-${trial++}`);
    return side.events.length > 0;
  });
  await seen(side, "begin");
  return side.events.length;
}

/** Waits for the event of a record made now, and so for all before it. */
export async function seen(side: Side, name: string): Promise<void> {
  await touch(side, name);
  await until(() => JSON.stringify(side.events.at(-1)).includes(`"${name}"`));
}

/** Waits for what takes a daemon a moment; throws when it takes ten seconds. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, "it did not come about within 10 s");
    await sleep(5);
  }
}

async function touch({ connection }: Side, name: string): Promise<void> {
  const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n };
  const request = toBinary(CreateImageRequestSchema, create(CreateImageRequestSchema, { image: { name, target } }));
  await connection.call(`/${Images.typeName}/Create`, request, { headers: { "containerd-namespace": "marks" } });
}

/** Makes the lease that the random calls name. */
export async function createLease({ connection }: Side): Promise<void> {
  const id = Buffer.from(lease);
  const request = Buffer.concat([Buffer.from([0x0a, id.length]), id]); // field 1 is the lease's name
  const headers = { "containerd-namespace": leasedNamespace };
  const { code, message } = await connection.call("/containerd.services.leases.v1.Leases/Create", request, { headers });
  assert.equal(code, 0, message);
}
