import assert from "node:assert/strict";
import { connect } from "node:net";
import { it } from "node:test";
import { create, type DescMethodUnary, fromBinary, type Message, toBinary, toJson } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import {
  CreateImageRequestSchema,
  DeleteImageRequestSchema,
  GetImageRequestSchema,
  Images,
  ListImagesRequestSchema,
  UpdateImageRequestSchema,
} from "../../../gen/containerd/services/images/v1/images_pb.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { sharedDaemon, versions } from "../../support/daemon/daemon.js";
import { counterparts } from "../../support/raw-cases/versions.js";

const target = { mediaType: "m", digest: `sha256:${"a".repeat(64)}`, size: 9_007_199_254_740_993n };
const image = { name: "é", target, labels: { a: "1", b: "2" } };
// A time of the client's, so that the answers of two servers are the same to the last byte; 1.6 ignores it.
const sourceDateEpoch = { seconds: 7n, nanos: 8 };

interface Step {
  readonly method: DescMethodUnary;
  readonly request: Message;
}

const { method } = Images;
const steps: readonly Step[] = [
  { method: method.create, request: create(CreateImageRequestSchema, { image, sourceDateEpoch }) },
  { method: method.create, request: create(CreateImageRequestSchema, { image }) },
  { method: method.create, request: create(CreateImageRequestSchema, { image: { name: "b", target: {} } }) },
  { method: method.get, request: create(GetImageRequestSchema, { name: "é" }) },
  { method: method.get, request: create(GetImageRequestSchema, { name: 'a"%\n' }) },
  {
    method: method.update,
    request: create(UpdateImageRequestSchema, {
      image: { name: "é", labels: { a: "3" }, target: {} },
      updateMask: { paths: ["labels.a", "labels.b"] },
      sourceDateEpoch,
    }),
  },
  { method: method.list, request: create(ListImagesRequestSchema, { filters: ["labels.a==3", "name==nope"] }) },
  { method: method.list, request: create(ListImagesRequestSchema, { filters: ["name="] }) },
  { method: method.delete, request: create(DeleteImageRequestSchema, { name: "é", sync: true }) },
  { method: method.delete, request: create(DeleteImageRequestSchema, { name: "é" }) },
];

/** Makes the calls in a namespace, and gives a line for what came of each. */
type Run = (socketPath: string, namespace: string) => Promise<string[]>;
const clients: Readonly<Record<string, Run>> = { "grpc-js": runGrpcJs, "connect-node": runConnectNode };

for (const version of versions) {
  for (const [client, run] of Object.entries(clients)) {
    it(`${client} gets the same answers from containerd ${version} and from memory`, async () => {
      const daemon = await sharedDaemon(version);
      await using service = new InMemoryImages({ version: counterparts[version].profile });
      const socketPath = `${daemon.socketPath}.${client}`;
      await service.listen(socketPath);
      const [expected, actual] = [await run(daemon.socketPath, client), await run(socketPath, client)];
      assert.deepEqual(actual, expected);
      assert.match(expected[0] ?? "", /^ok .*"digest":"sha256:a/);
      assert.match(expected[1] ?? "", /^6 .*already exists/);
    });
  }
}

async function runGrpcJs(socketPath: string, namespace: string): Promise<string[]> {
  const client = new Client(`unix:${socketPath}`, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set("containerd-namespace", namespace);
  try {
    const lines: string[] = [];
    for (const step of steps) lines.push(await callGrpcJs(client, metadata, step));
    return lines;
  } finally {
    client.close();
  }
}

function callGrpcJs(client: Client, metadata: Metadata, { method, request }: Step): Promise<string> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      `/${method.parent.typeName}/${method.name}`,
      (message: Message) => Buffer.from(toBinary(method.input, message)),
      (bytes) => bytes.toString("hex"),
      request,
      metadata,
      (error: ServiceError | null, hex = "") => {
        resolve(error === null ? `ok ${shown(method, Buffer.from(hex, "hex"))}` : `${error.code} ${error.details}`);
      },
    );
  });
}

async function runConnectNode(socketPath: string, namespace: string): Promise<string[]> {
  const baseUrl = "http://localhost";
  const sessionManager = new Http2SessionManager(baseUrl, {}, { createConnection: () => connect(socketPath) });
  const transport = createGrpcTransport({ baseUrl, sessionManager });
  const lines: string[] = [];
  for (const { method, request } of steps) {
    const header = { "containerd-namespace": namespace };
    const line = transport
      .unary(method, undefined, 5_000, header, request)
      .then(({ message }) => `ok ${shown(method, toBinary(method.output, message))}`)
      .catch((error: unknown) => `${ConnectError.from(error).code} ${ConnectError.from(error).rawMessage}`);
    lines.push(await line);
  }
  sessionManager.abort();
  return lines;
}

// Times of a server's clock differ, and the order of map entries is random.
function shown(method: DescMethodUnary, bytes: Uint8Array): string {
  const json = toJson(method.output, fromBinary(method.output, bytes));
  return JSON.stringify(json, (_key, value: unknown) => {
    if (typeof value === "string" && /^20\d\d-.*Z$/.test(value)) return "now";
    return isRecord(value) ? Object.fromEntries(Object.entries(value).sort()) : value;
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
