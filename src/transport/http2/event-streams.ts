import type { ClientHttp2Stream, OutgoingHttpHeaders } from "node:http2";
import { asBuffer } from "../../codec/reader.js";
import { canceledFailure, Deadline } from "../../rpc/deadline.js";
import {
  type EventStream,
  type EventStreamOptions,
  type EventStreams,
  SUBSCRIBE,
  streamEndedFailure,
} from "../../rpc/event-streams.js";
import { malformedFailure, type RpcFailure } from "../../rpc/failure.js";
import { MalformedMessage } from "../../rpc/response-decoder.js";
import type { Clock } from "../../util/clock.js";
import type { Http2Channel } from "./channel.js";
import { EventReader } from "./event-reader.js";
import type { EventSlot } from "./event-slots.js";
import { notGrpcFailure } from "./http-status.js";
import { lostStreamFailure } from "./lost-stream.js";
import { writeMessage } from "./prefixed-message.js";
import { streamHeaders } from "./request-headers.js";
import { type ResponseHeaders, statusFailure } from "./status.js";
import {
  END_STREAM,
  listen,
  pauseForTurn,
  readNow,
  resetLater,
  type StreamListener,
  unlisten,
} from "./stream-listener.js";

const CONNECT_TIMEOUT_MS = 10_000;
/** After this many events, timers and other connections get a turn. */
const EVENTS_PER_TURN = 1_000;

/**
 * Streams of events over the channel's connections. The small calls of a stream stay on its connection, even if other
 * calls already use a new one.
 */
export function eventStreams(channel: Http2Channel): EventStreams {
  return { open: (request, options) => open(channel, request, options) };
}

async function open(channel: Http2Channel, request: Uint8Array, options: EventStreamOptions): Promise<EventStream> {
  const deadline = new Deadline({ timeoutMs: CONNECT_TIMEOUT_MS, signal: options.signal }, channel.clock);
  try {
    for (;;) {
      const slot = await channel.eventSlots.acquire(deadline);
      const stream = requestOn(slot, streamHeaders(SUBSCRIBE, options.headers));
      if (stream !== undefined) {
        const { ended } = new EventExchange(stream, slot, options, channel.clock).send(request);
        return { ended, unary: channel.invokerOn(slot.session).unary };
      }
      slot.release();
    }
  } finally {
    deadline.release();
  }
}

function requestOn(slot: EventSlot, headers: OutgoingHttpHeaders): ClientHttp2Stream | undefined {
  try {
    return slot.session.request(headers);
  } catch (error) {
    slot.release();
    throw error;
  }
}

/** One stream of events, from its request to its end. */
class EventExchange implements StreamListener {
  readonly isUnread = false; // it is never complete
  /** See {@link EventStream}. */
  readonly ended: Promise<never>;
  readonly #stream: ClientHttp2Stream;
  readonly #slot: EventSlot;
  readonly #options: EventStreamOptions;
  readonly #clock: Clock;
  readonly #reader = new EventReader();
  #reject: (failure: unknown) => void = () => {};
  #events = 0;
  #hasBegun = false;
  #error: unknown;
  #isOver = false;

  constructor(stream: ClientHttp2Stream, slot: EventSlot, options: EventStreamOptions, clock: Clock) {
    this.#stream = stream;
    this.#slot = slot;
    this.#options = options;
    this.#clock = clock;
    this.ended = new Promise((_resolve, reject) => {
      this.#reject = reject;
    });
    // If nobody waits for the end of the stream, it must not become an unhandled rejection.
    this.ended.catch(() => {});
  }

  send(request: Uint8Array): this {
    this.#slot.session.hold();
    this.#options.signal.addEventListener("abort", this.#aborted);
    listen(this.#stream, this);
    writeMessage(this.#stream, request);
    // The signal may have been aborted between the connection and this request.
    if (this.#options.signal.aborted) this.#aborted();
    return this;
  }

  responded(headers: ResponseHeaders, flags: number): void {
    this.#slot.session.peer.responded(this.#clock.now());
    this.#hasBegun = true;
    const failure = headers["grpc-status"] === undefined ? notGrpcFailure(headers) : undefined;
    if (failure !== undefined) this.#end(failure);
    else if ((flags & END_STREAM) !== 0) this.#end(endOfStreamFailure(headers));
    else readNow(this.#stream);
  }

  received(chunk: Uint8Array): void {
    try {
      for (const event of this.#reader.push(asBuffer(chunk))) {
        if (this.#isOver) return;
        this.#options.received(event);
        this.#events += 1;
      }
    } catch (error) {
      this.#end(unreadableFailure(error));
    }
    if (this.#events <= EVENTS_PER_TURN) return;
    this.#events = 0;
    pauseForTurn(this.#stream); // the peer can send no more then than its window allows
  }

  trailed(trailers: ResponseHeaders): void {
    this.#end(endOfStreamFailure(trailers));
  }

  failed(error: unknown): void {
    this.#error = error;
  }

  closed(): void {
    const { id, rstCode, sentHeaders } = this.#stream;
    const { session } = this.#slot;
    const lost = { id, resetCode: rstCode, hasBegun: this.#hasBegun, error: this.#error, sentHeaders };
    const failure = lostStreamFailure(lost, session);
    const isLost = session.gone || session.goAway !== undefined;
    // If the connection is still there, the peer has ended the stream.
    this.#end(isLost ? failure : failure.with({ evidence: "answered" }));
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
    if (!this.#stream.closed) resetLater(this.#stream);
    this.#slot.session.release();
    this.#slot.release();
    this.#reject(failure);
  }
}

function endOfStreamFailure(status: ResponseHeaders): RpcFailure {
  return statusFailure(status) ?? streamEndedFailure();
}

function unreadableFailure(error: unknown): unknown {
  if (!(error instanceof MalformedMessage)) return error;
  return malformedFailure(`malformed event: ${error.message}`, { cause: error });
}
