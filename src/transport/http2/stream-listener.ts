import type { ClientHttp2Stream } from "node:http2";
import type { ResponseHeaders } from "./status.js";

/** Receives the events of a stream. */
export interface StreamListener {
  /** Whether {@link responded} was called. */
  readonly hasBegun: boolean;
  responded(headers: ResponseHeaders, flags: number, raw: readonly string[]): void;
  received(chunk: Uint8Array): void;
  trailed(trailers: ResponseHeaders, raw: readonly string[]): void;
  failed(error: unknown): void;
  closed(): void;
}

const LISTENER = Symbol("listener");
const EARLY_CHUNKS = Symbol("early chunks");

interface ListenedStream extends ClientHttp2Stream {
  [LISTENER]?: StreamListener | undefined;
  /** Data that was emitted before the headers: Deno does so when both arrive at the same time. */
  [EARLY_CHUNKS]?: readonly Uint8Array[] | undefined;
}

/**
 * Sets the one listener of a stream, until {@link unlisten}.
 *
 * Node keeps a stream, and everything that its listeners refer to, until a full garbage collection. So all streams
 * share the same listener functions, which refer to nothing. Otherwise, objects of calls that have ended cause a
 * quarter of all work of the garbage collector.
 */
export function listen(stream: ListenedStream, listener: StreamListener): void {
  stream[LISTENER] = listener;
  stream.on("response", onResponse);
  stream.on("data", onData);
  stream.on("trailers", onTrailers);
  stream.on("error", onError);
  stream.on("close", onClose);
}

/** Removes the listener; later events of the stream are ignored. */
export function unlisten(stream: ListenedStream): void {
  stream[LISTENER] = undefined;
}

function onResponse(this: ListenedStream, headers: ResponseHeaders, flags: number, raw: readonly string[]): void {
  this[LISTENER]?.responded(headers, flags, raw);
  const early = this[EARLY_CHUNKS];
  if (early === undefined) return;
  this[EARLY_CHUNKS] = undefined;
  for (const chunk of early) this[LISTENER]?.received(chunk);
}

function onData(this: ListenedStream, chunk: Uint8Array): void {
  const listener = this[LISTENER];
  if (listener === undefined) return;
  if (listener.hasBegun) listener.received(chunk);
  else this[EARLY_CHUNKS] = [...(this[EARLY_CHUNKS] ?? []), chunk];
}

function onTrailers(this: ListenedStream, trailers: ResponseHeaders, _flags: number, raw: readonly string[]): void {
  this[LISTENER]?.trailed(trailers, raw);
}

function onError(this: ListenedStream, error: unknown): void {
  this[LISTENER]?.failed(error);
}

function onClose(this: ListenedStream): void {
  this[LISTENER]?.closed();
}
