// OpenTelemetry: a client span and the duration of every RPC, by the semantic conventions for RPC (1.45), and the
// duration of every attempt, by the convention of gRPC (gRFC A66). This is a file to copy. Call it once, before the
// first call; the code that uses the client stays as it is:
//
//   const contextManager = new AsyncLocalStorageContextManager();
//   new NodeSDK({ contextManager, traceExporter, metricReader }).start();
//   instrumentImages(contextManager);
//
// It needs @opentelemetry/api and @opentelemetry/semantic-conventions.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  type Attributes,
  type Context,
  context,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import {
  ATTR_ERROR_TYPE,
  ATTR_RPC_METHOD,
  ATTR_RPC_STATUS_CODE,
  ATTR_RPC_SYSTEM_NAME,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
  METRIC_RPC_CLIENT_CALL_DURATION,
  RPC_SYSTEM_NAME_VALUE_GRPC,
} from "@opentelemetry/semantic-conventions";
import type { AttemptTrace, CallTrace } from "containerd-images";

// In seconds. The default boundaries are made for milliseconds, and a get over the local socket takes about 0.3 ms.
const explicitBucketBoundaries = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const histogram = { unit: "s", advice: { explicitBucketBoundaries } };

/** `AsyncLocalStorageContextManager` has this method since @opentelemetry/context-async-hooks 2.12. */
interface AttachingContextManager {
  attach?(context: Context): { dispose(): void };
}

/**
 * Reports the calls of all clients of the process. The result ends it.
 *
 * With a context manager that has `attach`, the spans of the daemon become children of the span of the call. Without
 * it, they become children of the span that is active around the call.
 */
export function instrumentImages(contextManager: AttachingContextManager = {}): () => void {
  const tracer = trace.getTracer("containerd-images");
  const meter = metrics.getMeter("containerd-images");
  const callDuration = meter.createHistogram(METRIC_RPC_CLIENT_CALL_DURATION, histogram);
  const attemptDuration = meter.createHistogram("grpc.client.attempt.duration", histogram);
  const inFlight = new WeakMap<CallTrace, { readonly span: Span; readonly detach?: (() => void) | undefined }>();

  const subscriptions = [
    on("call:start", (call: CallTrace) => {
      const span = tracer.startSpan(call.rpcMethod, { kind: SpanKind.CLIENT, attributes: startAttributes(call) });
      const scope = contextManager.attach?.(trace.setSpan(context.active(), span));
      inFlight.set(call, { span, detach: scope && (() => scope.dispose()) });
    }),
    // At this moment the call has started and keeps its context, and the program gets its own back.
    on("call:end", (call: CallTrace) => inFlight.get(call)?.detach?.()),
    on("call:asyncEnd", (call: CallTrace) => {
      const ending = endAttributes(call);
      callDuration.record(seconds(call), { ...rpcAttributes(call), ...ending });
      const span = inFlight.get(call)?.span;
      span?.setAttributes({ ...ending, "containerd.attempts": call.attempts });
      if (call.outcome !== undefined) span?.setAttribute("containerd.outcome", call.outcome);
      if (call.code !== "ok") span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
    }),
    on("attempt:asyncEnd", (attempt: AttemptTrace) => {
      const { rpcMethod, code } = attempt;
      attemptDuration.record(seconds(attempt), { "grpc.method": rpcMethod, "grpc.status": statusOf(code) });
    }),
  ];
  return () => {
    for (const end of subscriptions) end();
  };
}

/** Names of images belong to spans only: as attributes of a metric, each of them would be a time series. */
function startAttributes(call: CallTrace): Attributes {
  const own = { "containerd.namespace": call.namespace };
  const named = call.imageName === undefined ? own : { ...own, "containerd.image.name": call.imageName };
  return { ...rpcAttributes(call), ...named };
}

function rpcAttributes({ rpcMethod, address }: CallTrace): Attributes {
  return {
    [ATTR_RPC_SYSTEM_NAME]: RPC_SYSTEM_NAME_VALUE_GRPC,
    [ATTR_RPC_METHOD]: rpcMethod,
    ...(address === undefined ? {} : serverAttributes(address)),
  };
}

/** A stream that the program dials has no address; a socket or a pipe is its own address. */
function serverAttributes(address: string): Attributes {
  if (address === "dialed") return {};
  // Not by `new URL`, which throws for the zone of an IPv6 address: http://[fe80::1%25eth0]:99
  const [, host, port] = /^https?:\/\/\[?([^\]]+)\]?:(\d+)$/.exec(address) ?? [];
  if (host === undefined) return { [ATTR_SERVER_ADDRESS]: address.replace(/^(?:unix|npipe):\/\//, "") };
  return { [ATTR_SERVER_ADDRESS]: host.replace("%25", "%"), [ATTR_SERVER_PORT]: Number(port) };
}

/** For a client, every status but OK is an error, also the NOT_FOUND of a `find`. */
function endAttributes({ code }: CallTrace): Attributes {
  const status = statusOf(code);
  const ending = { [ATTR_RPC_STATUS_CODE]: status };
  return code === "ok" ? ending : { ...ending, [ATTR_ERROR_TYPE]: status };
}

/** gRPC writes CANCELLED with two L. */
function statusOf(code: CallTrace["code"] = "unknown"): string {
  return code === "canceled" ? "CANCELLED" : code.toUpperCase();
}

function seconds({ durationMs = 0 }: CallTrace | AttemptTrace): number {
  return durationMs / 1_000;
}

function on<Trace>(event: string, listener: (trace: Trace) => void): () => void {
  const channel = `tracing:containerd-images:${event}`;
  const receive = (message: unknown) => listener(message as Trace); // the channels of the library carry nothing else
  subscribe(channel, receive);
  return () => void unsubscribe(channel, receive);
}
