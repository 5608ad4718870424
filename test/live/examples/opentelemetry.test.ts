import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { instrumentImages } from "../../../examples/opentelemetry.js";
import { ImagesClient } from "../../../src/index.js";
import { startDaemon } from "../../support/daemon/daemon.js";

/** A receiver of OTLP over HTTP, and the first body that it gets. */
async function receiver() {
  const server = createServer();
  const body = new Promise<Buffer>((resolve) => {
    server.once("request", async (request, response) => {
      resolve(await buffer(request));
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // that of a TCP server is never text
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, body, [Symbol.dispose]: close };
}

describe("opentelemetry", () => {
  const contextManager = new AsyncLocalStorageContextManager();
  const spans = new InMemorySpanExporter();

  before(() => {
    context.setGlobalContextManager(contextManager.enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  });
  after(() => {
    context.disable();
    trace.disable();
  });

  it("makes the span of a real containerd a child of the client's span", async () => {
    using otlp = await receiver();
    await using daemon = await startDaemon("2.x", { tracesTo: otlp.url });
    await using images = new ImagesClient({ namespace: "traced", address: daemon.address });
    const end = instrumentImages(contextManager);
    await images.list();
    end();

    const [span] = spans.getFinishedSpans();
    const { traceId = "", spanId = "" } = span?.spanContext() ?? {};
    assert.equal(span?.attributes["server.address"], daemon.address);
    // Protobuf holds ids as bytes; 0x22 and its length, 8, mark the parent of a span.
    const received = (await otlp.body).toString("hex");
    assert.ok(received.includes(traceId), "the daemon continues the trace");
    assert.ok(received.includes(`2208${spanId}`), "and its parent is the span of the call");
  });
});
