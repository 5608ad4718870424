import assert from "node:assert/strict";
import { tracingChannel } from "node:diagnostics_channel";
import { after, before, describe, it } from "node:test";
import {
  type Context,
  context,
  createTraceState,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  type TraceState,
  trace,
} from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { ImagesClient } from "../../../../src/index.js";
import { serve } from "./scripted-server.js";

const EMPTY = { status: 0, message: new Uint8Array() };
const span: SpanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: TraceFlags.SAMPLED,
};
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** The trace headers of the one request that is made while `span` is active. */
function sent(active: SpanContext | undefined, headers: Readonly<Record<string, string>> = {}) {
  return sentIn(active === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, active), headers);
}

/** The trace headers of the one request that is made in this context. */
async function sentIn(current: Context, headers: Readonly<Record<string, string>> = {}) {
  await using server = await serve([EMPTY]);
  await using images = new ImagesClient({ namespace: "n", address: server.address });
  await context.with(current, () => images.list(undefined, { headers }));
  const [{ traceparent, tracestate } = {}] = server.requests;
  return { traceparent, tracestate };
}

describe("trace headers", () => {
  it("are not there where OpenTelemetry has no context manager", async () => {
    assert.deepEqual(await sent(span), { traceparent: undefined, tracestate: undefined });
  });

  describe("with OpenTelemetry", () => {
    const manager = new AsyncLocalStorageContextManager();
    before(() => context.setGlobalContextManager(manager.enable()));
    after(() => {
      context.disable();
      manager.disable();
    });

    it("name the active span", async () => {
      assert.deepEqual(await sent(span), { traceparent: TRACEPARENT, tracestate: undefined });
    });

    it("say that a trace is not sampled", async () => {
      const { traceparent } = await sent({ ...span, traceFlags: TraceFlags.NONE });
      assert.equal(traceparent, TRACEPARENT.replace(/01$/, "00"));
    });

    it("have all eight flags in hexadecimal", async () => {
      const { traceparent } = await sent({ ...span, traceFlags: 0x1b3 });
      assert.equal(traceparent, TRACEPARENT.replace(/01$/, "b3"));
    });

    it("pass on the trace's state", async () => {
      const traceState = createTraceState("vendor=value,other=1");
      const headers = await sent({ ...span, traceState });
      assert.deepEqual(headers, { traceparent: TRACEPARENT, tracestate: "vendor=value,other=1" });
    });

    it("leave out a state that no header can carry", async () => {
      for (const text of ["", "vendor=a\nb", "vendor=ü", " vendor=value"]) {
        const traceState: TraceState = {
          set: () => traceState,
          unset: () => traceState,
          get: () => undefined,
          serialize: () => text,
        };
        assert.deepEqual(
          await sent({ ...span, traceState }),
          { traceparent: TRACEPARENT, tracestate: undefined },
          text,
        );
      }
    });

    it("are not there without a span, or with an invalid one", async () => {
      const none = { traceparent: undefined, tracestate: undefined };
      assert.deepEqual(await sent(undefined), none);
      assert.deepEqual(await sent({ ...span, traceId: "0".repeat(32) }), none);
      assert.deepEqual(await sent({ ...span, spanId: "not-a-span-id-at" }), none);
      assert.deepEqual(await sent({ ...span, traceId: "a".repeat(31) }), none);
      assert.deepEqual(await sent({ ...span, spanId: "a".repeat(17) }), none);
    });

    it("are left out if the span, its state or the context manager throws", async () => {
      const none = { traceparent: undefined, tracestate: undefined };
      const fail = () => {
        throw new Error("no tracing today");
      };
      const traceState: TraceState = { set: fail, unset: fail, get: fail, serialize: fail };
      assert.deepEqual(await sent({ ...span, traceState }), none);
      const broken = trace.setSpan(ROOT_CONTEXT, Object.assign(trace.wrapSpanContext(span), { spanContext: fail }));
      for (const spanless of [broken, { ...ROOT_CONTEXT, getValue: fail }])
        assert.deepEqual(await sentIn(spanless), none);
    });

    it("leave headers of the call alone", async () => {
      const own = TRACEPARENT.replace("b7ad", "ffff");
      assert.deepEqual(await sent(span, { traceparent: own }), { traceparent: own, tracestate: undefined });
    });

    it("are sent again with every attempt", async () => {
      await using server = await serve([{ status: 14 }, EMPTY]);
      await using images = new ImagesClient({ namespace: "n", address: server.address, retry: { baseDelayMs: 0 } });
      await context.with(trace.setSpanContext(ROOT_CONTEXT, span), () => images.list());
      assert.deepEqual(
        server.requests.map(({ traceparent }) => traceparent),
        [TRACEPARENT, TRACEPARENT],
      );
    });

    it("name the span that a subscriber starts for the call", async () => {
      const inner = { ...span, spanId: "00f067aa0ba902b7" };
      const { start } = tracingChannel("containerd-images:call");
      // The store that the context manager keeps contexts in; instrumentation binds it this way.
      const store = Reflect.get(manager, "_asyncLocalStorage");
      start.bindStore(store, () => trace.setSpanContext(ROOT_CONTEXT, inner));
      try {
        const { traceparent } = await sent(span);
        assert.equal(traceparent, TRACEPARENT.replace(span.spanId, inner.spanId));
      } finally {
        start.unbindStore(store);
      }
    });
  });
});
