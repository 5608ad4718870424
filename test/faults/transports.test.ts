import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import { describe, it } from "node:test";
import { type ConnectRouter, createClient, type Transport } from "@connectrpc/connect";
import {
  connectNodeAdapter,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { Images } from "../../gen/containerd/services/images/v1/images_pb.js";
import { ImagesClient, isImagesError } from "../../src/index.js";
import { InMemoryImages } from "../../src/testing/index.js";
import { isLong } from "../support/is-long.js";
import { digest } from "./peer.js";

/** More bytes than the body of any of these responses has. */
const MAX_BYTES = 400;
const STEP = isLong ? 1 : 60;

const namespace = "default";
const target = { mediaType: "text/plain", digest, size: 7 };

type MakeTransport = (baseUrl: string, useBinaryFormat: boolean) => Transport;

const transports: Readonly<Record<string, MakeTransport>> = {
  gRPC: (baseUrl, useBinaryFormat) => createGrpcTransport({ baseUrl, useBinaryFormat }),
  "gRPC-Web over HTTP/2": (baseUrl, useBinaryFormat) =>
    createGrpcWebTransport({ baseUrl, useBinaryFormat, httpVersion: "2" }),
  "gRPC-Web over HTTP/1.1": (baseUrl, useBinaryFormat) =>
    createGrpcWebTransport({ baseUrl, useBinaryFormat, httpVersion: "1.1", nodeOptions: { agent: new Agent() } }),
  "Connect's protocol over HTTP/2": (baseUrl, useBinaryFormat) =>
    createConnectTransport({ baseUrl, useBinaryFormat, httpVersion: "2" }),
  "Connect's protocol over HTTP/1.1": (baseUrl, useBinaryFormat) =>
    createConnectTransport({ baseUrl, useBinaryFormat, httpVersion: "1.1", nodeOptions: { agent: new Agent() } }),
};

describe("a gateway that cuts the bodies of responses", () => {
  for (const [protocol, makeTransport] of Object.entries(transports))
    for (const format of ["binary", "JSON"])
      it(`brings no untruth about a write: ${protocol}, ${format}`, async (t) => {
        const gateway = new Gateway();
        t.after(() => gateway.close());
        const baseUrl = await gateway.listen(protocol.endsWith("1.1"));
        const transport = makeTransport(baseUrl, format === "binary");
        await using images = new ImagesClient({ namespace, transport, retry: false });
        const seen = new Set<string>();
        for (const cut of cuts()) {
          gateway.cut = cut;
          const name = `app:${cut.bytes}-${cut.breaks}`;
          seen.add(await told(images.create({ name, target })));
          assert.ok(gateway.has(name));
          seen.add(await told(images.delete(name)));
          assert.ok(!gateway.has(name));
        }
        assert.deepEqual([...seen].sort(), ["success", "unknown"]); // each was applied
      });
});

/** After how many bytes a body ends, and whether the connection ends with it. */
interface Cut {
  readonly bytes: number;
  readonly breaks: boolean;
}

function* cuts(): Generator<Cut> {
  for (let bytes = 0; bytes < MAX_BYTES; bytes += STEP) for (const breaks of [false, true]) yield { bytes, breaks };
}

async function told(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return "success";
  } catch (error) {
    if (!isImagesError(error)) throw error;
    return error.outcome;
  }
}

type HttpRequest = IncomingMessage | Http2ServerRequest;
type HttpResponse = ServerResponse | Http2ServerResponse;

/** Serves images in all protocols of Connect. */
class Gateway {
  cut: Cut = { bytes: 0, breaks: false };
  readonly #service = new InMemoryImages();
  readonly #serve = connectNodeAdapter({ routes: (router) => this.#route(router) });
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  async listen(isHttp1: boolean): Promise<string> {
    const handle = (request: HttpRequest, response: HttpResponse) => {
      this.#cutBody(response, request.socket);
      this.#serve(request, response);
    };
    this.#server = isHttp1 ? createHttp1Server(handle) : createHttp2Server(handle);
    this.#server.on("connection", (socket) => this.#sockets.add(socket));
    await once(this.#server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`; // it listens on a port
  }

  has(name: string): boolean {
    return this.#service.snapshot().some((image) => image.name === name);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server?.close();
  }

  #route(router: ConnectRouter): void {
    const { create, delete: remove } = createClient(Images, this.#service.transport);
    const options = { headers: { "containerd-namespace": namespace } };
    router.service(Images, {
      create: (request) => create(request, options),
      delete: (request) => remove(request, options),
    });
  }

  #cutBody(response: HttpResponse, socket: Socket): void {
    const { bytes, breaks } = this.cut;
    const write = response.write.bind(response) as (part: Uint8Array) => boolean;
    let left = bytes;
    const value = (chunk: Uint8Array) => {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (breaks && left === 0) setImmediate(() => socket.destroy());
      return write(part);
    };
    Object.defineProperty(response, "write", { value });
  }
}
