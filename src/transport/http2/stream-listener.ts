import type { ClientHttp2Stream } from "node:http2";
import { inNextTurn } from "../../util/next-turn.js";
import { CANCEL, ENHANCE_YOUR_CALM } from "./error-codes.js";
import type { ResponseHeaders } from "./status.js";

/** The flag of the headers with which a response ends, without a message. */
export const END_STREAM = 0x1;

/** Receives the events of a stream. */
export interface StreamListener {
  /** Whether the response is complete, but was not read to its end. */
  readonly isUnread: boolean;
  responded(headers: ResponseHeaders, flags: number, raw: readonly string[]): void;
  received(chunk: Uint8Array): void;
  trailed(trailers: ResponseHeaders, raw: readonly string[]): void;
  failed(error: unknown): void;
  closed(): void;
}

/**
 * A larger response flows, so that its chunks are counted: in so few bytes there cannot be too many of them (see
 * `MessageReader`).
 */
const READ_ONCE_MAX_BYTES = 10_000;

/**
 * How many responses with a status of 1xx a stream may have in one turn of the event loop. Each takes Node 50 µs, and
 * it would read ninety thousand of them without a pause. A proxy may send one now and then, on a stream that waits for
 * its first event for days.
 */
const MAX_INFORMATIONAL = 100;

const LISTENER = Symbol("listener");
const INFORMATIONAL = Symbol("informational");

interface ListenedStream extends ClientHttp2Stream {
  [LISTENER]?: StreamListener | undefined;
  /** How many responses with a status of 1xx there were in this turn. */
  [INFORMATIONAL]?: number;
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
  stream.on("headers", onInformational);
  stream.on("response", onResponse);
  stream.on("trailers", onTrailers);
  stream.on("error", onError);
  stream.on("close", onClose);
}

/** Removes the listener; later events of the stream are ignored. */
export function unlisten(stream: ListenedStream): void {
  stream[LISTENER] = undefined;
}

/**
 * Resets the stream in the next turn of the event loop, when Node is certainly not reading from the connection. While
 * it reads, it calls the listeners, and runs all promises that they settle. A reset at that point may make Node 20, and
 * early releases of 22 and 24, send what waits to be sent. This frees the streams of earlier resets: also the one that
 * is being read, which corrupts the memory. See https://github.com/nodejs/node/issues/64113.
 */
export function resetLater(stream: ClientHttp2Stream): void {
  inNextTurn(() => stream.close(CANCEL));
}

/**
 * Gives timers and other connections a turn before more of the stream is read. It is resumed even if it has ended
 * meanwhile: Node never closes a stream that is paused.
 */
export function pauseForTurn(stream: ClientHttp2Stream): void {
  stream.pause();
  inNextTurn(() => stream.resume());
}

/** Reads the response from now on, for one that may never end. */
export function readNow(stream: ListenedStream): void {
  stream.on("data", onData);
}

/**
 * The streams whose responses have begun in this turn of the event loop. Nearly all small responses are complete in the
 * same turn. Such a response is read once, when its trailers arrive: that takes less time than to let the stream flow.
 */
let begun: ListenedStream[] = [];

function onInformational(this: ListenedStream): void {
  const count = (this[INFORMATIONAL] ?? 0) + 1;
  this[INFORMATIONAL] = count;
  if (count === 1)
    inNextTurn(() => {
      this[INFORMATIONAL] = 0;
    });
  // Not in the next turn: all of them would have been read by then.
  if (count > MAX_INFORMATIONAL) this.close(ENHANCE_YOUR_CALM);
}

function onResponse(this: ListenedStream, headers: ResponseHeaders, flags: number, raw: readonly string[]): void {
  this[LISTENER]?.responded(headers, flags, raw);
  if (begun.push(this) === 1) inNextTurn(readRest);
}

// Also if nobody listens any more: Node closes no stream before all of it was read.
function readRest(): void {
  const streams = begun;
  begun = [];
  for (const stream of streams) if (!stream.destroyed && stream.readableFlowing === null) readNow(stream);
}

function onData(this: ListenedStream, chunk: Uint8Array): void {
  this[LISTENER]?.received(chunk);
}

function onTrailers(this: ListenedStream, trailers: ResponseHeaders, _flags: number, raw: readonly string[]): void {
  if (this.readableFlowing === null && this.readableLength <= READ_ONCE_MAX_BYTES) readBody(this);
  this[LISTENER]?.trailed(trailers, raw);
}

// Node 26 gives one chunk at a time, earlier versions all of them together.
function readBody(stream: ListenedStream): void {
  while (stream.readableLength > 0) {
    const chunk: Uint8Array | null = stream.read();
    if (chunk === null) return;
    stream[LISTENER]?.received(chunk);
  }
}

function onError(this: ListenedStream, error: unknown): void {
  this[LISTENER]?.failed(error);
}

// A lost connection ends its streams at once, also one whose complete response waits to be read.
function onClose(this: ListenedStream): void {
  if (this[LISTENER]?.isUnread === true) readBody(this);
  this[LISTENER]?.closed();
}
