import { once } from "node:events";
import { Agent, createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { Server } from "node:net";
import { join } from "node:path";
import type { Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { EVENTS_IN_JSON, passOn } from "../../support/connect-router.js";
import { Forwarder } from "./forwarder.js";
import type { ConnectRoute } from "./scene.js";

/** The ways through a gateway that Connect's router makes. */
export interface ConnectRoutes extends Disposable {
  readonly transportOf: (route: ConnectRoute) => Transport;
  /** What is before the gateway. */
  readonly forwarderOf: (route: ConnectRoute) => Forwarder;
  /** Breaks all connections to the gateway, or all from there on; in turn. */
  cut(route: ConnectRoute): void;
}

/** Builds client -> forwarder -> router -> `next`, with HTTP/1.1 and with HTTP/2. */
export async function openConnectRoutes(dir: string, nextPath: string, next: Forwarder): Promise<ConnectRoutes> {
  const upstream = createGrpcTransport({ baseUrl: "http://localhost", nodeOptions: { path: nextPath } });
  const serve = connectNodeAdapter({ jsonOptions: EVENTS_IN_JSON, routes: (router) => passOn(router, upstream) });
  const [http1, http2] = [createHttp1Server(serve), createHttp2Server(serve)];
  const ways = { http1: await open(http1, join(dir, "http1")), http2: await open(http2, join(dir, "http2")) };
  const wayOf = (route: ConnectRoute) => (route.endsWith("http1") ? ways.http1 : ways.http2);
  const forwarderOf = (route: ConnectRoute) => wayOf(route).forwarder;
  let cuts = 0;
  return {
    transportOf: (route) => transportTo(wayOf(route).path, route),
    forwarderOf,
    cut: (route) => {
      cuts += 1;
      (cuts % 2 === 0 ? next : forwarderOf(route)).cut();
    },
    [Symbol.dispose]: () => {
      for (const { forwarder } of Object.values(ways)) forwarder.down();
      for (const server of [http1, http2]) server.close();
    },
  };
}

async function open(server: Server, path: string) {
  const gatewayPath = `${path}-gateway.sock`;
  await once(server.listen(gatewayPath).unref(), "listening");
  const forwarder = new Forwarder({ path: `${path}.sock` }, { path: gatewayPath });
  await forwarder.up();
  return { path: `${path}.sock`, forwarder };
}

function transportTo(path: string, route: ConnectRoute): Transport {
  const baseUrl = "http://localhost";
  const options = { baseUrl, useBinaryFormat: !route.includes("json"), jsonOptions: EVENTS_IN_JSON };
  if (route === "grpc-json") return createGrpcTransport({ ...options, nodeOptions: { path } });
  const create = route.startsWith("connect") ? createConnectTransport : createGrpcWebTransport;
  if (!route.endsWith("http1")) return create({ ...options, httpVersion: "2", nodeOptions: { path } });
  const agent = new Agent({ keepAlive: true });
  return create({ ...options, httpVersion: "1.1", nodeOptions: { socketPath: path, agent } });
}
