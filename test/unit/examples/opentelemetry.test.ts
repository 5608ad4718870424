import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { context, metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { instrumentImages } from "../../../examples/opentelemetry.js";
import { ImagesClient, type ImagesClientOptions } from "../../../src/index.js";
import { InMemoryImages } from "../../../src/testing/index.js";
import { serve } from "../interceptors/tracing/scripted-server.js";

const GET = "containerd.services.images.v1.Images/Get";
const UNAVAILABLE = { status: 14 };
const NOT_FOUND = { status: 5 };
const EMPTY = { status: 0, message: new Uint8Array() };
const retry = { baseDelayMs: 0 };
const noAbstract = { skip: process.platform !== "linux" && "only Linux has sockets without a file" };

describe("examples/opentelemetry.ts, with the SDK of OpenTelemetry", () => {
  const contextManager = new AsyncLocalStorageContextManager();
  const spans = new InMemorySpanExporter();
  const points = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  const reader = new PeriodicExportingMetricReader({ exporter: points });
  const meterProvider = new MeterProvider({ readers: [reader] });
  let end = () => {};

  before(() => {
    context.setGlobalContextManager(contextManager.enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
    metrics.setGlobalMeterProvider(meterProvider);
  });
  afterEach(async () => {
    end();
    spans.reset();
    await reader.forceFlush(); // so that the next test sees only its own values
  });
  after(async () => {
    await meterProvider.shutdown();
    context.disable();
    trace.disable();
    metrics.disable();
  });

  /** The histograms that were recorded since the last time: name, attributes and how many values. */
  async function recorded() {
    points.reset();
    await reader.forceFlush();
    const all = points.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return all.flatMap((metric) => {
      assert.equal(metric.dataPointType, DataPointType.HISTOGRAM);
      const { name, unit } = metric.descriptor;
      return metric.dataPoints.map(({ attributes, value }) => ({ name, unit, attributes, count: value.count }));
    });
  }

  it("makes a client span of a call, with the attributes of the conventions", async () => {
    await using server = await serve([UNAVAILABLE, NOT_FOUND]);
    end = instrumentImages(contextManager);
    await using images = new ImagesClient({ namespace: "k8s.io", address: server.address, retry });
    await images.find("app:1");
    const [span, ...others] = spans.getFinishedSpans();
    assert.deepEqual(others, []);
    assert.equal(span?.name, GET);
    assert.equal(span.kind, SpanKind.CLIENT);
    assert.equal(span.status.code, SpanStatusCode.ERROR);
    assert.deepEqual(span.attributes, {
      "rpc.system.name": "grpc",
      "rpc.method": GET,
      "rpc.status_code": "NOT_FOUND",
      "error.type": "NOT_FOUND",
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(server.address).port),
      "containerd.namespace": "k8s.io",
      "containerd.image.name": "app:1",
      "containerd.attempts": 2,
      "containerd.outcome": "not-applied",
    });
  });

  it("measures calls and attempts in seconds, without names of images", async () => {
    await using server = await serve([UNAVAILABLE, EMPTY]);
    end = instrumentImages(contextManager);
    await using images = new ImagesClient({ namespace: "k8s.io", address: server.address, retry });
    await images.list();
    const rpcMethod = GET.replace("Get", "List");
    const port = Number(new URL(server.address).port);
    const call = {
      "rpc.system.name": "grpc",
      "rpc.method": rpcMethod,
      "rpc.status_code": "OK",
      "server.address": "127.0.0.1",
      "server.port": port,
    };
    const attempt = (status: string) => ({ "grpc.method": rpcMethod, "grpc.status": status });
    assert.deepEqual(await recorded(), [
      { name: "rpc.client.call.duration", unit: "s", attributes: call, count: 1 },
      { name: "grpc.client.attempt.duration", unit: "s", attributes: attempt("UNAVAILABLE"), count: 1 },
      { name: "grpc.client.attempt.duration", unit: "s", attributes: attempt("OK"), count: 1 },
    ]);
  });

  it("makes the span of the call a child of the program's, and the parent of the daemon's", async () => {
    await using server = await serve([UNAVAILABLE, EMPTY]);
    end = instrumentImages(contextManager);
    await using images = new ImagesClient({ namespace: "k8s.io", address: server.address, retry });
    await trace.getTracer("program").startActiveSpan("deploy", async (own) => {
      const call = images.list();
      assert.equal(trace.getActiveSpan(), own, "the program keeps its context while the call runs");
      await call;
      assert.equal(trace.getActiveSpan(), own, "and after it");
      own.end();
    });
    const [span, own] = spans.getFinishedSpans();
    assert.equal(span?.parentSpanContext?.spanId, own?.spanContext().spanId);
    const { traceId, spanId } = span?.spanContext() ?? {};
    const sent = server.requests.map(({ traceparent }) => traceparent);
    assert.deepEqual(sent, Array(2).fill(`00-${traceId}-${spanId}-01`));
  });

  it("without attach, sends the program's span", async () => {
    await using server = await serve([EMPTY]);
    end = instrumentImages();
    await using images = new ImagesClient({ namespace: "k8s.io", address: server.address });
    await trace.getTracer("program").startActiveSpan("deploy", async (own) => {
      await images.list();
      own.end();
    });
    const [, own] = spans.getFinishedSpans();
    const { traceId, spanId } = own?.spanContext() ?? {};
    assert.equal(server.requests[0]?.["traceparent"], `00-${traceId}-${spanId}-01`);
  });

  /** The address and the port of the span of a call with this option that says where the daemon is. */
  async function addressOf(where: Pick<ImagesClientOptions, "address" | "dial" | "transport">): Promise<unknown[]> {
    end = instrumentImages(contextManager);
    await using images = new ImagesClient({ namespace: "default", ...where });
    await images.list(undefined, { signal: AbortSignal.abort() }).catch(() => {}); // so that nothing is opened
    const [span, ...others] = spans.getFinishedSpans();
    assert.deepEqual(others, []);
    return [span?.attributes["server.address"], span?.attributes["server.port"]];
  }

  it("names a socket by its path, without a port", async () => {
    assert.deepEqual(await addressOf({ address: "/nowhere/c.sock" }), ["/nowhere/c.sock", undefined]);
  });

  it("names a socket without a file as the option does", noAbstract, async () => {
    assert.deepEqual(await addressOf({ address: "unix-abstract:nowhere" }), ["unix-abstract:nowhere", undefined]);
  });

  for (const [name, address, port] of [
    ["localhost", "https://localhost:1", 1],
    ["::1", "http://[::1]:1", 1],
    ["fe80::1%none", "http://[fe80::1%25none]:1", 1],
  ] as const) {
    it(`names the host and the port of ${address}`, async () => {
      assert.deepEqual(await addressOf({ address }), [name, port]);
    });
  }

  it("names no address of the program's own transport or stream", async () => {
    const noAddress = [undefined, undefined];
    assert.deepEqual(await addressOf({ transport: new InMemoryImages().transport }), noAddress);
    spans.reset();
    end();
    assert.deepEqual(await addressOf({ dial: () => Promise.reject(new Error("no way")) }), noAddress);
  });

  it("tells apart calls that run at the same time", async () => {
    const service = new InMemoryImages();
    end = instrumentImages(contextManager);
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    await Promise.all(["a", "b", "c"].map((name) => images.find(name)));
    const names = spans.getFinishedSpans().map(({ attributes }) => attributes["containerd.image.name"]);
    assert.deepEqual(names.sort(), ["a", "b", "c"]);
  });

  it("reports a canceled call as gRPC spells it", async () => {
    const service = new InMemoryImages();
    service.failNext("get", { delayMs: 60_000 });
    end = instrumentImages(contextManager);
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    const cancel = new AbortController();
    const call = images.get("a", { signal: cancel.signal });
    cancel.abort();
    await assert.rejects(call);
    const [span] = spans.getFinishedSpans();
    assert.equal(span?.attributes["rpc.status_code"], "CANCELLED");
  });

  it("reports nothing after its end", async () => {
    const service = new InMemoryImages();
    instrumentImages(contextManager)();
    await using images = new ImagesClient({ namespace: "default", transport: service.transport });
    await images.list();
    assert.deepEqual(spans.getFinishedSpans(), []);
  });
});
