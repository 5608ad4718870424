import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ImagesClient } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";

const retry = { baseDelayMs: 0 };

/** A service, and the options of a client that reaches it through a transport with this interceptor. */
async function serve(interceptor: Interceptor) {
  const service = new InMemoryImages();
  const { address } = await service.listen("127.0.0.1:0");
  const transport = createGrpcTransport({ baseUrl: address, interceptors: [interceptor] });
  return { service, options: { namespace: "k8s.io", transport, retry } };
}

describe("Connect's interceptors, on a transport of the program", () => {
  it("see every attempt with its headers, below the retries of the client", async () => {
    const seen: string[] = [];
    const { service, options } = await serve((next) => (request) => {
      seen.push(`${request.method.name} ${request.header.get("containerd-namespace")}`);
      return next(request);
    });
    await using _ = service;
    await using images = new ImagesClient(options);
    service.failNext("list", "unavailable", { times: 2 });
    await images.list();
    assert.deepEqual(seen, ["List k8s.io", "List k8s.io", "List k8s.io"]);
  });

  it("can change what is sent", async () => {
    const { service, options } = await serve((next) => (request) => {
      request.header.set("containerd-lease", "pull-42");
      return next(request);
    });
    await using _ = service;
    await using images = new ImagesClient(options);
    await images.list();
    assert.equal(service.calls[0]?.lease, "pull-42");
  });

  it("can reject a request, and the client reports it", async () => {
    const { service, options } = await serve(() => async () => {
      throw new ConnectError("no token", Code.Unauthenticated);
    });
    await using _ = service;
    await using images = new ImagesClient(options);
    await assert.rejects(images.list(), { code: "unauthenticated", message: /no token/ });
    assert.deepEqual(service.calls, []);
  });
});

describe("a transport that throws", () => {
  it("after it has ended the call itself fails that call, and causes no unhandled rejection", async () => {
    const controller = new AbortController();
    const unary = () => {
      controller.abort();
      throw new Error("stopped");
    };
    const stream = () => assert.fail();
    await using images = new ImagesClient({ namespace: "k8s.io", transport: { unary, stream } });
    await assert.rejects(images.list({ signal: controller.signal }), { code: "canceled" });
  });
});
