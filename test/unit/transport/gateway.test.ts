import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { it } from "node:test";
import type { Transport } from "@connectrpc/connect";
import {
  type ConnectTransportOptions,
  connectNodeAdapter,
  createConnectTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { operations } from "../../contract/operations/suite.js";
import { descriptor } from "../../contract/records.js";
import { contract } from "../../contract/suite.js";
import { type Target, type TargetBase, transportTarget } from "../../contract/target.js";
import { EVENTS_IN_JSON, passOn } from "../../support/connect-router.js";
import { eventually } from "../../support/eventually.js";
import { isLong } from "../../support/is-long.js";

type Options = Pick<ConnectTransportOptions, "baseUrl" | "useBinaryFormat" | "jsonOptions">;

const protocols = {
  "Connect's protocol over HTTP/1.1": (options) =>
    createConnectTransport({ ...options, httpVersion: "1.1", nodeOptions: { agent: new Agent() } }),
  "Connect's protocol over HTTP/2": (options) => createConnectTransport({ ...options, httpVersion: "2" }),
  "gRPC-Web over HTTP/1.1": (options) =>
    createGrpcWebTransport({ ...options, httpVersion: "1.1", nodeOptions: { agent: new Agent() } }),
  "gRPC-Web over HTTP/2": (options) => createGrpcWebTransport({ ...options, httpVersion: "2" }),
} as const satisfies Record<string, (options: Options) => Transport>;
type Protocol = keyof typeof protocols;

const connectHttp1 = "Connect's protocol over HTTP/1.1"; // it differs most from gRPC
const tested: readonly Protocol[] = isLong ? (Object.keys(protocols) as Protocol[]) : [connectHttp1];

for (const protocol of tested) {
  contract(`a gateway: ${protocol}`, () => target(protocol));
  if (isLong) operations(`a gateway: ${protocol}`, () => target(protocol));
}

it("over JSON, the types of the events let a watch follow without a List, and a lost create be resolved", async () => {
  const service = new InMemoryImages();
  const gateway = await openGateway(service.transport, connectHttp1, { jsonOptions: EVENTS_IN_JSON });
  await using images = new ImagesClient({ namespace: "default", transport: gateway.transport });
  await using cache = images.cache();
  await cache.ready;
  service.failNext("create", "drop-after-commit");
  await images.create({ name: "app:1", target: descriptor("a") });
  await eventually(async () => assert.ok(cache.has("app:1"), "not in the cache"));
  assert.equal(service.calls.filter(({ method }) => method === "list").length, 1);
  await cache.close();
  gateway.close();
});

async function target(protocol: Protocol): Promise<Target> {
  const service = new InMemoryImages();
  const gateway = await openGateway(service.transport, protocol);
  const base = {
    version: "2.x",
    addLease: async (namespace, id) => service.addLease(id, namespace),
    dispose: async () => {
      gateway.close();
      assert.deepEqual(service.crashes, [], "a call would have brought a daemon down");
    },
  } satisfies TargetBase;
  return transportTarget(base, gateway.transport);
}

/** A server of Connect before `upstream`, and a transport to it; with `jsonOptions`, the transport sends JSON. */
async function openGateway(upstream: Transport, protocol: Protocol, json?: Pick<Options, "jsonOptions">) {
  const serve = connectNodeAdapter({ ...json, routes: (router) => passOn(router, upstream) });
  const server = protocol.endsWith("1.1") ? createHttp1Server(serve) : createHttp2Server(serve);
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  return {
    transport: protocols[protocol]({ baseUrl, useBinaryFormat: json === undefined, ...json }),
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
