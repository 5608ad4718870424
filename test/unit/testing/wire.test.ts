import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:http2";
import { type AddressInfo, connect as connectSocket, createServer } from "node:net";
import { it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import {
  CreateImageRequestSchema,
  GetImageRequestSchema,
  Images,
  ListImagesResponseSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { Connections } from "../../../src/testing/transports/connections.js";
import { frame as framed } from "../../../src/testing/transports/framing.js";
import { serveConnection } from "../../../src/testing/transports/http2-connection.js";
import { eventually } from "../../support/eventually.js";
import { frame, RawConnection, settled } from "../../support/raw-cases/call.js";

const path = (rpc: string) => `/${Images.typeName}/${rpc}`;
const headers = { "containerd-namespace": "default" };
const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 1n };
const maxBytes = 16 * 1024 * 1024;

function createRequest(name: string, fill = 0): Uint8Array {
  const annotations = fill > 0 ? { k: "v".repeat(fill) } : {};
  const image = { name, target: { ...target, annotations } };
  return toBinary(CreateImageRequestSchema, create(CreateImageRequestSchema, { image }));
}

async function serve(version: "1.6" | "1.7" | "2.1" = "2.1") {
  const service = new InMemoryImages({ version });
  const server = await service.listen("127.0.0.1:0");
  const connection = new RawConnection(server.address);
  const close = async () => {
    connection[Symbol.dispose]();
    await service.close();
  };
  return { service, server, connection, [Symbol.asyncDispose]: close };
}

it("an error is one header block, a success ends with trailers", async () => {
  await using service = await serve();
  const failed = await service.connection.call(path("Get"), new Uint8Array(), { headers });
  assert.deepEqual([failed.code, failed.trailersOnly, failed.httpStatus], [5, true, 200]);
  const listed = await service.connection.call(path("List"), new Uint8Array(), { headers });
  assert.deepEqual([listed.code, listed.trailersOnly, listed.httpStatus], [0, false, 200]);
});

it("what the service lacks is unimplemented", async () => {
  await using service = await serve();
  const texts = [
    [path("Prune"), `unknown method Prune for service ${Images.typeName}`],
    ["/containerd.services.content.v1.Content/List", "unknown service containerd.services.content.v1.Content"],
    ['/a"b', 'malformed method name: "/a\\"b"'],
  ] as const;
  for (const [unknown, message] of texts) {
    const reply = await service.connection.call(unknown, new Uint8Array(), { headers });
    assert.deepEqual([reply.code, reply.message, reply.httpStatus], [12, message, 200]);
  }
});

it("the first of a repeated header counts", async () => {
  await using service = await serve();
  service.service.seed([{ name: "a", target: { ...target, size: 1 }, namespace: "one" }]);
  const list = async (namespace: string[]) => {
    const reply = await service.connection.call(path("List"), new Uint8Array(), {
      headers: { "containerd-namespace": namespace },
    });
    return [reply.code, fromBinary(ListImagesResponseSchema, reply.messages[0] ?? new Uint8Array()).images.length];
  };
  assert.deepEqual(await list(["one", "two"]), [0, 1]);
  assert.deepEqual(await list(["two", "one"]), [0, 0]);
  assert.deepEqual(await list(["", "one"]), [9, 0]);
});

it("any text survives as a status message", async () => {
  await using service = await serve();
  const request = toBinary(GetImageRequestSchema, create(GetImageRequestSchema, { name: "50% é 😀 a+b" }));
  const reply = await service.connection.call(path("Get"), request, { headers });
  assert.equal(reply.message, 'image "50% é 😀 a+b": not found');
});

it("a status larger than the peer takes resets the stream", async () => {
  await using service = await serve();
  const session = connect(service.server.address, { settings: { maxHeaderListSize: 10_000 } });
  const get = (name: string) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path("Get"),
      "content-type": "application/grpc",
      ...headers,
    });
    stream.end(frame(toBinary(GetImageRequestSchema, create(GetImageRequestSchema, { name }))));
    return settled(stream);
  };
  assert.equal((await get("n".repeat(9_000))).code, 5);
  assert.equal((await get("n".repeat(10_000))).code, undefined);
  assert.equal((await get("n")).code, 5);
  session.destroy();
});

it("messages of 16 MiB pass, larger ones exhaust the resource, and the connection lives on", async () => {
  await using service = await serve();
  const fits = createRequest("a", maxBytes - createRequest("a", maxBytes).length + maxBytes);
  assert.equal(fits.length, maxBytes);
  const tooLarge = Buffer.concat([fits, Buffer.from("4801", "hex")]);
  const refused = await service.connection.call(path("Create"), tooLarge, { headers });
  assert.deepEqual(
    [refused.code, refused.message],
    [8, `grpc: received message larger than max (${maxBytes + 2} vs. ${maxBytes})`],
  );
  // The response carries timestamps, which the request did not.
  const stored = await service.connection.call(path("Create"), fits, { headers });
  assert.equal(stored.code, 8);
  assert.match(stored.message, /^grpc: trying to send message larger than max \(\d+ vs\. 16777216\)$/);
  assert.equal(service.service.snapshot().length, 1, "it was stored all the same");
  assert.equal((await service.connection.call(path("Get"), new Uint8Array(), { headers })).code, 5);
});

it("requests may be compressed from 1.7 on, and are answered in kind", async () => {
  const body = Buffer.from(frame(gzipSync(new Uint8Array())));
  body[0] = 1;
  for (const [version, code] of [
    ["1.6", 12],
    ["1.7", 0],
    ["2.1", 0],
  ] as const) {
    await using service = await serve(version);
    service.service.seed([{ name: "a", target: { ...target, size: 1 } }]);
    const stream = service.connection.open(path("List"), { ...headers, "grpc-encoding": "gzip" });
    const response = once(stream, "response");
    stream.end(body);
    const reply = await settled(stream);
    assert.equal(reply.code, code);
    if (code !== 0) continue;
    assert.equal((await response)[0]["grpc-encoding"], "gzip");
    const { images } = fromBinary(ListImagesResponseSchema, gunzipSync(reply.messages[0] ?? ""));
    assert.equal(images.length, 1);
  }
});

it("a body that is no message is answered with a status", async () => {
  await using service = await serve();
  const codes = [
    [Buffer.alloc(0), 2],
    [Buffer.from("0000", "hex"), 2],
    [Buffer.from("000000000a00", "hex"), 2],
    [Buffer.from("0100000000", "hex"), 13],
    [Buffer.from("0200000000", "hex"), 13],
  ] as const;
  for (const [body, code] of codes) {
    assert.equal((await service.connection.send(path("Get"), body, { headers })).code, code);
  }
});

it("a compressed response may be larger than 16 MiB before its compression", async () => {
  await using service = await serve();
  const list = async (encoding: "gzip" | "identity") =>
    await service.connection.call(path("List"), new Uint8Array(), {
      headers: { ...headers, "grpc-encoding": encoding },
    });
  service.service.seed([{ name: "a", target: { ...target, size: 1, annotations: { k: "v".repeat(maxBytes) } } }]);
  const { code, messages } = await list("gzip");
  assert.deepEqual([code, gunzipSync(messages[0] ?? "").length > maxBytes], [0, true]);
  const refused = await list("identity");
  assert.deepEqual([refused.code, refused.trailersOnly], [8, true]);
});

it("an empty response is not compressed", () => {
  assert.deepEqual(framed(new Uint8Array(), "gzip"), Buffer.alloc(5));
});

it("a deadline for which a client of Connect writes a digit too many is refused", async () => {
  await using service = await serve();
  const refused = 'malformed grpc-timeout: transport: timeout string is too long: "100000000m"';
  const list = createClient(Images, service.service.transport).list({}, { headers, timeoutMs: 100_000_000 });
  await assert.rejects(list, { code: 13, rawMessage: refused });
});

it("an empty message is answered before its request ends", async () => {
  await using service = await serve();
  const session = connect(service.server.address);
  const stream = session.request({ ":method": "POST", ":path": path("List"), "content-type": "application/grpc" });
  const response = once(stream, "response", { signal: AbortSignal.timeout(10_000) }); // while the request goes on
  stream.write(frame(new Uint8Array()));
  assert.equal((await response)[0][":status"], 200);
  session.destroy();
});

it("a peer that does not speak gRPC is told so", async () => {
  await using service = await serve();
  for (const contentType of ["application/json", "application/grpc-web+proto", "application/grpcx", 'a/"b']) {
    const reply = await service.connection.call(path("Get"), new Uint8Array(), {
      headers: { "content-type": contentType },
    });
    const message = `invalid gRPC request content-type ${JSON.stringify(contentType)}`;
    assert.deepEqual([reply.code, reply.message, reply.httpStatus], [3, message, 415]);
  }
  assert.deepEqual(service.service.calls, [], "the service gets none of these requests");
});

it("a timeout that a server in Go cannot read is refused as it does", async () => {
  await using service = await serve();
  for (const [timeout, reason] of [
    ["", 'transport: timeout string is too short: ""'],
    ["S", 'transport: timeout string is too short: "S"'],
    ["123456789S", 'transport: timeout string is too long: "123456789S"'],
    ["5s", 'transport: timeout unit is not recognized: "5s"'],
    ["-1S", 'strconv.ParseUint: parsing "-1": invalid syntax'],
    ["1.5S", 'strconv.ParseUint: parsing "1.5": invalid syntax'],
  ] as const) {
    const call = { headers: { ...headers, "grpc-timeout": timeout } };
    const reply = await service.connection.call(path("List"), new Uint8Array(), call);
    assert.deepEqual([reply.code, reply.message, reply.httpStatus], [13, `malformed grpc-timeout: ${reason}`, 400]);
  }
  assert.deepEqual(service.service.calls, []);
  const call = { headers: { ...headers, "grpc-timeout": "00000005M" } };
  assert.equal((await service.connection.call(path("List"), new Uint8Array(), call)).code, 0);
});

it("no response has a date, as none of a server in Go has", async () => {
  await using service = await serve();
  const session = connect(service.server.address);
  for (const [rpc, contentType] of [
    ["List", "application/grpc"],
    ["Get", "application/grpc"],
    ["Get", "text/plain"],
  ] as const) {
    const request = { ":method": "POST", ":path": path(rpc), "content-type": contentType, ...headers };
    const stream = session.request(request);
    stream.end(frame(new Uint8Array()));
    const [response] = await once(stream, "response");
    assert.equal(response["date"], undefined);
    stream.close();
  }
  session.destroy();
});

it("a subscription sends no headers before its first event", async () => {
  await using service = await serve();
  const stream = service.connection.open("/containerd.services.events.v1.Events/Subscribe");
  let answered = false;
  stream.once("response", () => {
    answered = true;
  });
  stream.end(frame(new Uint8Array()));
  await service.connection.call(path("List"), new Uint8Array(), { headers }); // the server has seen the subscription
  assert.equal(answered, false);
  const event = once(stream, "data");
  await service.connection.call(path("Create"), createRequest("a"), { headers });
  await event;
  assert.equal(answered, true);
  stream.close();
});

it("a caller that hangs up does no harm", async () => {
  await using service = await serve();
  const session = connect(service.server.address);
  const stream = session.request({ ":method": "POST", ":path": path("Get"), "content-type": "application/grpc" });
  stream.write(Buffer.from("0000", "hex"));
  await once(session, "connect");
  session.destroy();
  await once(session, "close");
  assert.equal((await service.connection.call(path("List"), new Uint8Array(), { headers })).code, 0);
});

it("a peer that resets its connection does no harm", async () => {
  await using service = await serve();
  const list = async () => (await service.connection.call(path("List"), new Uint8Array(), { headers })).code;
  for (const bytes of ["", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"]) {
    const socket = connectSocket(Number(new URL(service.server.address).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write(bytes, "latin1");
    assert.equal(await list(), 0); // the server has accepted the connection
    socket.resetAndDestroy();
    assert.equal(await list(), 0);
  }
});

it("a server that has been closed is not kept", async () => {
  await using service = new InMemoryImages();
  const server = await service.listen("127.0.0.1:0");
  await server.close();
  const close = () => assert.fail("it is closed again");
  Object.assign(server, { close });
  await service.close();
});

it("a connection that has ended is not kept", async () => {
  const connections = new CountedConnections();
  await using server = createServer((socket) => serveConnection(socket, async function* () {}, connections));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // that of a TCP server is never text
  const session = connect(`http://127.0.0.1:${port}`);
  await once(session, "remoteSettings");
  assert.equal(connections.count, 1);
  session.destroy();
  await eventually(async () => assert.equal(connections.count, 0));
});

class CountedConnections extends Connections {
  count = 0;

  override add(breakOff: () => void): () => void {
    const forget = super.add(breakOff);
    this.count += 1;
    return () => {
      this.count -= 1;
      forget();
    };
  }
}
