import assert from "node:assert/strict";
import { it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  Images,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import {
  Introspection,
  ServerResponseSchema,
} from "../../../gen/containerd/services/introspection/v1/introspection_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { frame, RawConnection, settled } from "../../support/raw-cases/call.js";
import { counterparts } from "../../support/raw-cases/versions.js";

const imagePath = (rpc: string) => `/${Images.typeName}/${rpc}`;
const path = imagePath("List");
const namespace = { "containerd-namespace": "wire" };
const maxBytes = 16 * 1024 * 1024;

for (const version of versions) {
  it(`a message that is cut off or has no known format gets the same status in memory as from containerd ${version}`, async () => {
    const [expected, actual] = await onBoth(version, async (connection) => {
      const replies = ["000000000500", "00000000050a0161", "0200000000", "ff000000020a00"].map((hex) =>
        connection.send(path, Buffer.from(hex, "hex"), { headers: namespace }),
      );
      return (await Promise.all(replies)).map(({ code, message }) => `${code} ${message}`);
    });
    assert.deepEqual(actual, expected);
  });

  it(`what is not gRPC is refused in memory as by containerd ${version}`, async () => {
    const types = ["application/json", "application/grpc-web", "application/grpcx", 'a/"b', "application/grpc+proto"];
    const [expected, actual] = await onBoth(version, async (connection) => {
      const replies = types.map((type) =>
        connection.send(path, frame(new Uint8Array()), { headers: { ...namespace, "content-type": type } }),
      );
      return (await Promise.all(replies)).map(({ code, message, httpStatus }) => ({ code, message, httpStatus }));
    });
    if (version === "1.6")
      assert.deepEqual(
        expected?.map(({ code }) => code),
        [...Array(4), 0],
      ); // it breaks the stream
    else assert.deepEqual(actual, expected);
  });

  it(`a malformed deadline is refused in memory as by containerd ${version}`, async () => {
    const [expected, actual] = await onBoth(version, async (connection) => {
      const replies = ["100000000m", "5000.5m", "1", "", "5S", "99999999H"].map((timeout) =>
        connection.send(path, frame(new Uint8Array()), { headers: { ...namespace, "grpc-timeout": timeout } }),
      );
      // 1.7 calls the function for signed numbers.
      return (await Promise.all(replies)).map(
        ({ code, message }) => `${code} ${message.replace("ParseInt", "ParseUint")}`,
      );
    });
    const refused = version === "1.6" ? "undefined " : "13 malformed grpc-timeout"; // 1.6 breaks the stream
    assert.deepEqual(
      expected?.map((reply) => reply.slice(0, 25)),
      [...Array(4).fill(refused), "0 ", "0 "],
    );
    if (version !== "1.6") assert.deepEqual(actual, expected);
  });

  it(`an empty response to a compressed request is the same in memory as from containerd ${version}`, async () => {
    const [expected, actual] = await onBoth(version, async (connection) => {
      const stream = connection.open(path, { ...namespace, "grpc-encoding": "gzip" });
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.end(compressed(new Uint8Array()));
      const { code } = await settled(stream);
      return [code, Buffer.concat(chunks).toString("hex")];
    });
    assert.deepEqual(actual, expected);
  });

  it(`the service in memory tells as much about its process as containerd ${version}`, async () => {
    const [expected, actual] = await onBoth(version, async (connection) => {
      const { messages } = await connection.call(`/${Introspection.typeName}/Server`, new Uint8Array());
      const { uuid, pid } = fromBinary(ServerResponseSchema, messages[0] ?? new Uint8Array());
      return { hasUuid: uuid !== "", hasPid: pid !== 0n };
    });
    assert.deepEqual(actual, expected);
    assert.deepEqual(expected, { hasUuid: true, hasPid: version !== "1.6" });
  });
}

it("a response counts by its compressed size in memory as on a daemon", async () => {
  const headers = { "containerd-namespace": "wire-large", "grpc-encoding": "gzip" };
  const [expected, actual] = await onBoth("2.x", async (connection) => {
    const call = async (rpc: string, message: Uint8Array) =>
      await connection.send(imagePath(rpc), compressed(message), { headers });
    await call("Create", createRequest(2 * maxBytes - createRequest(maxBytes).length)); // of 16 MiB; its record is larger
    const { code, messages } = await call("List", new Uint8Array());
    await call("Delete", toBinary(DeleteImageRequestSchema, create(DeleteImageRequestSchema, { name: "a" })));
    return { code, isLarge: messages.map((message) => gunzipSync(message).length > maxBytes) };
  });
  assert.deepEqual(actual, expected);
  assert.deepEqual(expected, { code: 0, isLarge: [true] });
});

function compressed(message: Uint8Array): Uint8Array {
  const framed = frame(gzipSync(message));
  framed[0] = 1;
  return framed;
}

function createRequest(fill: number): Uint8Array {
  const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n, annotations: { k: "v".repeat(fill) } };
  return toBinary(CreateImageRequestSchema, create(CreateImageRequestSchema, { image: { name: "a", target } }));
}

/** What happens on a daemon, and on the service in memory. */
async function onBoth<T>(version: (typeof versions)[number], act: (connection: RawConnection) => Promise<T>) {
  const { address } = await sharedDaemon(version);
  await using service = new InMemoryImages({ version: counterparts[version].profile });
  const server = await service.listen("127.0.0.1:0");
  using onDaemon = new RawConnection(address);
  using inMemory = new RawConnection(server.address);
  return await Promise.all([act(onDaemon), act(inMemory)]);
}
