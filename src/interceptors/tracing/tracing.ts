import { type Call, namespaceOf } from "../../rpc/call.js";
import { RpcFailure } from "../../rpc/failure.js";
import { type Channel, type Interceptor, type Invoker, intercepted } from "../../rpc/invoker.js";
import type { Request } from "../../rpc/request.js";
import type { ResponseDecoder } from "../../rpc/response-decoder.js";
import { isOfCall } from "../error-of-call.js";
import {
  type AttemptTrace,
  attemptChannel,
  type CallTrace,
  callChannel,
  isTracing,
  type Writable,
} from "./channels.js";
import { traceHeaders } from "./trace-headers.js";

/** The trace of the RPC that a call is making; a call makes one RPC after the other. */
interface Progress {
  readonly trace: Writable<CallTrace>;
  /** Requests so far, by method. */
  readonly attempts: Map<string, number>;
}

const inProgress = new WeakMap<Call, Progress>();

/** Publishes every RPC to `containerd-images:call`, and adds the active OpenTelemetry span to its headers. */
export function traceCalls(address: string | undefined): Interceptor {
  return (next) =>
    intercepted(next, {
      unary: (request, call, decoder) => {
        if (isTracing()) return tracedCall(address, next, request, call, decoder);
        carryTrace(call);
        return next.unary(request, call, decoder);
      },
    });
}

/** Publishes every request to `containerd-images:attempt`. */
export function traceAttempts(next: Channel): Channel {
  return intercepted(next, {
    unary: (request, call, decoder) => {
      const progress = isTracing() ? inProgress.get(call) : undefined;
      if (progress === undefined) return next.unary(request, call, decoder);
      return tracedAttempt(progress, next, request, call, decoder);
    },
  });
}

// Called inside the trace, so that the daemon receives the span that a subscriber starts for this RPC. If a context
// manager or a span throws, that must not fail the call: it is sent without the headers.
function carryTrace(call: Call): void {
  try {
    const headers = traceHeaders();
    if (headers !== undefined) call.setTraceHeaders(headers);
  } catch {}
}

function tracedCall<T>(
  address: string | undefined,
  next: Invoker,
  request: Request,
  call: Call,
  decoder: ResponseDecoder<T>,
): Promise<T> {
  const trace: Writable<CallTrace> = { ...begun(request, call, address), attempts: 0, outcome: undefined };
  const elapsedMs = stopwatch(call);
  inProgress.set(call, { trace, attempts: new Map() });
  return callChannel.tracePromise(async () => {
    try {
      carryTrace(call);
      const value = await next.unary(request, call, decoder);
      trace.code = "ok";
      trace.outcome = request.kind === "read" ? "not-applied" : "applied";
      return value;
    } catch (error) {
      if (isOfCall(error)) Object.assign(trace, { code: error.code, outcome: error.outcome });
      throw error;
    } finally {
      trace.durationMs = elapsedMs();
    }
  }, trace);
}

function tracedAttempt<T>(
  { trace, attempts }: Progress,
  next: Invoker,
  request: Request,
  call: Call,
  decoder: ResponseDecoder<T>,
): Promise<T> {
  const method = request.method.name;
  const attempt = (attempts.get(method) ?? 0) + 1;
  attempts.set(method, attempt);
  const own: Writable<AttemptTrace> = { ...begun(request, call, trace.address), attempt, evidence: undefined };
  const elapsedMs = stopwatch(call);
  const record = ({ code, evidence }: Pick<AttemptTrace, "code" | "evidence">) => {
    Object.assign(own, { code, evidence });
    if (method === trace.method && evidence !== "never-sent") trace.attempts += 1;
  };
  return attemptChannel.tracePromise(async () => {
    try {
      const value = await next.unary(request, call, decoder);
      record({ code: "ok", evidence: "answered" });
      return value;
    } catch (error) {
      if (error instanceof RpcFailure) record(error);
      throw error;
    } finally {
      own.durationMs = elapsedMs();
    }
  }, own);
}

/** What a trace says as long as its request or RPC has not ended. */
function begun({ method, imageName }: Request, call: Call, address: string | undefined) {
  return {
    method: method.name,
    rpcMethod: method.path.slice(1), // without the slash with which a path begins
    address,
    namespace: namespaceOf(call),
    imageName,
    code: undefined,
    durationMs: undefined,
  };
}

function stopwatch({ deadline: { clock } }: Call): () => number {
  const startedAtMs = clock.now();
  return () => clock.now() - startedAtMs;
}
