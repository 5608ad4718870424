import assert from "node:assert/strict";
import { Images } from "../../../gen/containerd/services/images/v1/images_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { Random } from "../../support/random.js";
import { emptyingCalls, lease, leasedNamespace, namespaces, type RandomCall, randomCall } from "./random-calls.js";
import { createLease, Side, seen, subscribed, type Transcript } from "./side.js";

/** Sends the same random calls to a daemon and to the service that stands for it, and compares all that they say. */
export async function compareWithDaemon(
  daemonAddress: string,
  version: "1.6" | "1.7" | "2.1",
  { steps, seed }: { readonly steps: number; readonly seed: number },
): Promise<void> {
  await using service = new InMemoryImages({ version });
  const server = await service.listen("127.0.0.1:0");
  using daemon = new Side(daemonAddress);
  using memory = new Side(server.address);
  const sides = [daemon, memory] as const;
  await createLease(daemon);
  service.addLease(lease, leasedNamespace);
  const random = new Random(seed);
  const starts = await Promise.all(sides.map(subscribed));
  for (let step = 1; step <= steps; step++) {
    const call = randomCall(random);
    const where = `seed ${seed}, step ${step}: ${call.rpc} ${show([call.headers, call.shown, call.request])}`;
    await compare(sides, call, step, where);
    for (const namespace of namespaces) await compare(sides, list(namespace), step, `List ${namespace} after ${where}`);
  }
  for (const call of namespaces.flatMap(emptyingCalls)) await compare(sides, call, steps, `in the end, ${show(call)}`);
  await Promise.all(sides.map((side) => seen(side, "end")));
  const [fromDaemon, fromMemory] = sides.map((side, index) => side.events.slice(starts[index]));
  assert.ok((fromDaemon?.length ?? 0) > steps / 10, "the run has to change things for its events to mean something");
  assert.deepEqual(fromMemory, fromDaemon);
}

async function compare(sides: readonly [Side, Side], call: RandomCall, step: number, where: string): Promise<void> {
  const [expected, actual] = await Promise.all([sides[0].call(call, step), sides[1].call(call, step)]);
  assert.deepEqual(comparable(actual), comparable(expected), where);
}

// How a decoder words its errors is its own affair, and 2.3 begins some messages in lower case.
function comparable({ code, message, images }: Transcript): Transcript {
  return { code, message: code === "INTERNAL" ? "" : message.toLowerCase(), images };
}

function list(namespace: string): RandomCall {
  const headers = { "containerd-namespace": namespace };
  return { rpc: "List", path: `/${Images.typeName}/List`, request: new Uint8Array(), headers, shown: {} };
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === "bigint") return String(inner);
    return inner instanceof Uint8Array ? Buffer.from(inner).toString("hex") : inner;
  });
}
