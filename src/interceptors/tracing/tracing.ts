import { imageNameOf } from "../../codec/peek.js";
import { isImagesError } from "../../errors.js";
import { requestKind } from "../retry/matrix.js";
import { type Call, namespaceOf } from "../../rpc/call.js";
import { RpcFailure } from "../../rpc/failure.js";
import type { Method } from "../../rpc/method.js";
import type { ResponseDecoder, Invoker } from "../../rpc/invoker.js";
import {
  type AttemptTrace,
  attemptChannel,
  type CallTrace,
  callChannel,
  isTracing,
  type Writable,
} from "./channels.js";
import { traceHeaders } from "./trace-headers.js";

/** What is traced of the RPC that a call is at: a call makes one after the other. */
interface Progress {
  readonly trace: Writable<CallTrace>;
  /** Requests so far, by method. */
  readonly attempts: Map<string, number>;
}

const inProgress = new WeakMap<Call, Progress>();

/** Tells `containerd-images:call` of every RPC, and sends the active OpenTelemetry span along. */
export function traceCalls(wire: Invoker): Invoker {
  return {
    unary: (method, request, call, decoder) => {
      if (isTracing()) return tracedCall(wire, method, request, call, decoder);
      carryTrace(call);
      return wire.unary(method, request, call, decoder);
    },
  };
}

/** Tells `containerd-images:attempt` of every request. */
export function traceAttempts(wire: Invoker): Invoker {
  return {
    unary: (method, request, call, decoder) => {
      const progress = isTracing() ? inProgress.get(call) : undefined;
      if (progress === undefined) return wire.unary(method, request, call, decoder);
      return tracedAttempt(progress, wire, method, request, call, decoder);
    },
  };
}

// Inside the trace, so that a span which a subscriber starts for it is the one that the daemon hears of.
function carryTrace(call: Call): void {
  const headers = traceHeaders();
  if (headers !== undefined) call.setTraceHeaders(headers);
}

function tracedCall<T>(wire: Invoker, method: Method, request: Uint8Array, call: Call, decoder: ResponseDecoder<T>): Promise<T> {
  const trace: Writable<CallTrace> = {
    ...about(method, request, call),
    attempts: 0,
    code: undefined,
    outcome: undefined,
  };
  inProgress.set(call, { trace, attempts: new Map() });
  return callChannel.tracePromise(async () => {
    try {
      carryTrace(call);
      const value = await wire.unary(method, request, call, decoder);
      trace.code = "ok";
      trace.outcome = requestKind(method, request) === "read" ? "not-applied" : "applied";
      return value;
    } catch (error) {
      if (isImagesError(error)) Object.assign(trace, { code: error.code, outcome: error.outcome });
      throw error;
    }
  }, trace);
}

function tracedAttempt<T>(
  { trace, attempts }: Progress,
  wire: Invoker,
  method: Method,
  request: Uint8Array,
  call: Call,
  decoder: ResponseDecoder<T>,
): Promise<T> {
  const attempt = (attempts.get(method.name) ?? 0) + 1;
  attempts.set(method.name, attempt);
  const own: Writable<AttemptTrace> = {
    ...about(method, request, call),
    attempt,
    code: undefined,
    evidence: undefined,
  };
  const ended = ({ code, evidence }: Pick<AttemptTrace, "code" | "evidence">) => {
    Object.assign(own, { code, evidence });
    if (method.name === trace.method && evidence !== "never-sent") trace.attempts += 1;
  };
  return attemptChannel.tracePromise(async () => {
    try {
      const value = await wire.unary(method, request, call, decoder);
      ended({ code: "ok", evidence: "answered" });
      return value;
    } catch (error) {
      if (error instanceof RpcFailure) ended(error);
      throw error;
    }
  }, own);
}

function about(method: Method, request: Uint8Array, call: Call) {
  return { method: method.name, namespace: namespaceOf(call), imageName: imageNameOf(method, request) };
}
