/** The part of `@opentelemetry/api` that is used here. Every copy of it registers itself under this name. */
interface OpenTelemetry {
  readonly context?: { active(): { getValue(key: symbol): unknown } } | undefined;
}

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly traceState?: { serialize(): string } | undefined;
}

const API = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");

/**
 * The W3C trace context of the active OpenTelemetry span; `undefined` if there is none.
 *
 * This library never imports OpenTelemetry. If the program has loaded it, it is found under its global name.
 */
export function traceHeaders(): Readonly<Record<string, string>> | undefined {
  const span = activeSpanContext();
  if (span === undefined || !isId(span.traceId, 32) || !isId(span.spanId, 16)) return undefined;
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, "0");
  const traceparent = `00-${span.traceId}-${span.spanId}-${flags}`;
  const tracestate = span.traceState?.serialize() ?? "";
  return /^[\x21-\x7e][\x20-\x7e]*$/.test(tracestate) ? { traceparent, tracestate } : { traceparent };
}

function activeSpanContext(): SpanContext | undefined {
  // Set by @opentelemetry/api 1.x, if it is loaded; its shape is that of the API.
  const api = (globalThis as { [API]?: OpenTelemetry })[API];
  // A value under this key is always a span.
  const span = api?.context?.active().getValue(SPAN) as { spanContext(): SpanContext } | undefined;
  return span?.spanContext();
}

// An id of only zeros is not valid.
function isId(id: string, digits: number): boolean {
  return id.length === digits && /^[0-9a-f]+$/.test(id) && /[1-9a-f]/.test(id);
}
