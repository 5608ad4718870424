import type { ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import { asBuffer } from "../../codec/reader.js";
import { canceledFailure, Deadline } from "../../rpc/deadline.js";
import { type EventStream, type EventStreamOptions, type EventStreams, SUBSCRIBE } from "../../rpc/event-streams.js";
import { RpcFailure } from "../../rpc/failure.js";
import { MalformedMessage } from "../../rpc/response-decoder.js";
import type { Http2Engine } from "./channel.js";
import type { Place } from "./event-places.js";
import { EventReader } from "./event-reader.js";
import { notGrpc, writeFrame } from "./exchange.js";
import { lostStreamFailure } from "./lost-stream.js";
import { streamHeaders } from "./request-headers.js";
import { type AnswerHeaders, statusFailure } from "./status.js";
import { listen, type StreamListener, unlisten } from "./stream-listener.js";

const CONNECT_TIMEOUT_MS = 10_000;
const CANCEL = 0x8;
const END_STREAM = 0x1;
/** After so many events in one turn of the event loop, others get a turn first. */
const EVENTS_A_TURN = 1_000;

/**
 * Streams of events over the engine's connections, and the small calls beside them on the same connection, also when
 * new calls go elsewhere.
 */
export function eventStreams(engine: Http2Engine): EventStreams {
  return { open: (request, options) => open(engine, request, options) };
}

async function open(channel: Http2Engine, request: Uint8Array, options: EventStreamOptions): Promise<EventStream> {
  const deadline = new Deadline({ timeoutMs: CONNECT_TIMEOUT_MS, signal: options.signal });
  try {
    for (;;) {
      const place = await channel.eventPlaces.take(deadline);
      const stream = requestOn(place, streamHeaders(SUBSCRIBE.path, options.headers));
      if (stream !== undefined) return opened(channel, stream, place, request, options);
      place.leave();
    }
  } finally {
    deadline.release();
  }
}

function requestOn(place: Place, headers: OutgoingHttpHeaders): ClientHttp2Stream | undefined {
  try {
    return place.session.request(headers);
  } catch (error) {
    place.leave();
    throw error;
  }
}

function opened(
  engine: Http2Engine,
  stream: ClientHttp2Stream,
  place: Place,
  request: Uint8Array,
  options: EventStreamOptions,
): EventStream {
  const ended = new Promise<never>((_resolve, reject) => {
    new EventExchange(stream, place, options, reject).send(request);
  });
  // Who opens a stream and never looks at it must not be surprised by an unhandled rejection.
  ended.catch(() => {});
  return { ended, unary: engine.wireOn(place.session).unary };
}

/** One stream of events, from its request to its end. */
class EventExchange implements StreamListener {
  readonly #stream: ClientHttp2Stream;
  readonly #place: Place;
  readonly #options: EventStreamOptions;
  readonly #reject: (failure: unknown) => void;
  readonly #reader = new EventReader();
  #events = 0;
  #hasBegun = false;
  #error: unknown;
  #isOver = false;

  constructor(
    stream: ClientHttp2Stream,
    place: Place,
    options: EventStreamOptions,
    reject: (failure: unknown) => void,
  ) {
    this.#stream = stream;
    this.#place = place;
    this.#options = options;
    this.#reject = reject;
  }

  send(request: Uint8Array): void {
    this.#place.session.hold();
    this.#options.signal.addEventListener("abort", this.#aborted);
    listen(this.#stream, this);
    writeFrame(this.#stream, request);
    // It may have been aborted just when the connection was ready.
    if (this.#options.signal.aborted) this.#aborted();
  }

  responded(headers: AnswerHeaders, flags: number): void {
    this.#place.session.answered = true;
    this.#hasBegun = true;
    const failure = headers["grpc-status"] === undefined ? notGrpc(headers) : undefined;
    if (failure !== undefined) this.#end(failure);
    else if ((flags & END_STREAM) !== 0) this.#end(finished(headers));
  }

  received(chunk: Uint8Array): void {
    try {
      for (const event of this.#reader.push(asBuffer(chunk))) {
        if (this.#isOver) return;
        this.#options.received(event);
        this.#events += 1;
      }
    } catch (error) {
      this.#end(unreadable(error));
    }
    if (this.#events > EVENTS_A_TURN && !this.#isOver) this.#pause();
  }

  trailed(trailers: AnswerHeaders): void {
    this.#end(finished(trailers));
  }

  failed(error: unknown): void {
    this.#error = error;
  }

  closed(): void {
    const { id, rstCode, sentHeaders } = this.#stream;
    const { session } = this.#place;
    const lost = { id, resetCode: rstCode, begun: this.#hasBegun, error: this.#error, sentHeaders };
    const failure = lostStreamFailure(lost, session);
    const isLost = session.gone || session.goAway !== undefined;
    this.#end(isLost ? failure : endedByPeer(failure));
  }

  // Meanwhile no more comes than the peer was allowed to send at once.
  #pause(): void {
    this.#events = 0;
    this.#stream.pause();
    setImmediate(() => this.#stream.resume());
  }

  readonly #aborted = (): void => {
    const cause: unknown = this.#options.signal.reason;
    this.#end(canceledFailure({ code: "canceled", message: "the stream was left", cause }, "no-answer"));
  };

  #end(failure: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    unlisten(this.#stream);
    this.#options.signal.removeEventListener("abort", this.#aborted);
    // Node never closes a stream that is paused.
    this.#stream.resume();
    if (!this.#stream.closed) this.#stream.close(CANCEL);
    this.#place.session.release();
    this.#place.leave();
    this.#reject(failure);
  }
}

function endedByPeer(failure: RpcFailure): RpcFailure {
  return new RpcFailure(failure.message, { ...failure, cause: failure.cause, evidence: "answered" });
}

function finished(status: AnswerHeaders): RpcFailure {
  const failure = statusFailure(status, { unimplemented: undefined });
  if (failure !== undefined) return failure;
  return new RpcFailure("the server ended the stream", { code: "unavailable", kind: "broken", evidence: "answered" });
}

function unreadable(error: unknown): unknown {
  if (!(error instanceof MalformedMessage)) return error;
  const details = { code: "internal", kind: "malformed", evidence: "answered", cause: error } as const;
  return new RpcFailure(`malformed event: ${error.message}`, details);
}
