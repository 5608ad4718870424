import type { ClientHttp2Stream } from "node:http2";
import type { ResponseHeaders } from "./status.js";

/** Is told what comes in on a stream. */
export interface StreamListener {
  responded(headers: ResponseHeaders, flags: number, raw: readonly string[]): void;
  received(chunk: Uint8Array): void;
  trailed(trailers: ResponseHeaders, raw: readonly string[]): void;
  failed(error: unknown): void;
  closed(): void;
}

const LISTENER = Symbol("listener");

interface ListenedStream extends ClientHttp2Stream {
  [LISTENER]?: StreamListener | undefined;
}

/**
 * Makes `listener` the one that is told, until {@link unlisten}.
 *
 * Node keeps a stream, and all that its listeners hold, until a full garbage collection. So the listeners are the same
 * functions for every stream and hold nothing; otherwise copying what ended calls hold is a quarter of all garbage collection.
 */
export function listen(stream: ListenedStream, listener: StreamListener): void {
  stream[LISTENER] = listener;
  stream.on("response", onResponse);
  stream.on("data", onData);
  stream.on("trailers", onTrailers);
  stream.on("error", onError);
  stream.on("close", onClose);
}

/** Lets go of the listener: what still comes in is ignored. */
export function unlisten(stream: ListenedStream): void {
  stream[LISTENER] = undefined;
}

function onResponse(this: ListenedStream, headers: ResponseHeaders, flags: number, raw: readonly string[]): void {
  this[LISTENER]?.responded(headers, flags, raw);
}

function onData(this: ListenedStream, chunk: Uint8Array): void {
  this[LISTENER]?.received(chunk);
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
