import type { ClientHttp2Stream } from "node:http2";
import type { Call, Metadata } from "../../rpc/call.js";
import { type Cancellation, type CancellationListener, canceledFailure } from "../../rpc/deadline.js";
import type { ResponseDecoder } from "../../rpc/response-decoder.js";
import { CANCEL } from "./error-codes.js";
import { notGrpcFailure } from "./http-status.js";
import { lostStreamFailure } from "./lost-stream.js";
import { MessageReader } from "./message-reader.js";
import { writeMessage } from "./prefixed-message.js";
import type { Session } from "./session.js";
import { type ResponseHeaders, statusFailure } from "./status.js";
import { END_STREAM, listen, pauseForTurn, resetLater, type StreamListener, unlisten } from "./stream-listener.js";

// After this much time for one response, timers and other connections get a turn. Node itself would read up to 2 MiB
// without a pause.
const TURN_MS = 10;

/** With more bytes left to send, a request waits for the peer to read. Fewer may only wait for the next turn. */
const STUCK_BYTES = 64 << 10;

/** Sends one request on its stream, and reads the response. */
export function exchange<T>(
  stream: ClientHttp2Stream,
  session: Session,
  request: Uint8Array,
  call: Call,
  decoder: ResponseDecoder<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    new Exchange(stream, session, call, decoder, resolve, reject).send(request);
  });
}

class Exchange<T> implements StreamListener, CancellationListener {
  readonly #stream: ClientHttp2Stream;
  readonly #session: Session;
  readonly #call: Call;
  readonly #resolve: (value: T) => void;
  readonly #reject: (failure: unknown) => void;
  readonly #reader: MessageReader<T>;
  readonly #sentAtMs: number;
  #headers: ResponseHeaders | undefined;
  #metadata: Metadata = [];
  #error: unknown;
  /** The time that was spent on reading since the last turn of the event loop. */
  #turnMs = 0;
  /** Finishes the exchange, once everything before the trailers has been read. */
  #finishLater: (() => void) | undefined;
  /** Whether the response is complete. */
  #isComplete = false;

  constructor(
    stream: ClientHttp2Stream,
    session: Session,
    call: Call,
    decoder: ResponseDecoder<T>,
    resolve: (value: T) => void,
    reject: (failure: unknown) => void,
  ) {
    this.#stream = stream;
    this.#session = session;
    this.#call = call;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#reader = new MessageReader(decoder);
    this.#sentAtMs = call.deadline.clock.now();
  }

  send(request: Uint8Array): void {
    this.#session.hold();
    this.#call.deadline.onCancel(this);
    listen(this.#stream, this);
    writeMessage(this.#stream, request);
  }

  get isUnread(): boolean {
    return this.#finishLater !== undefined;
  }

  responded(headers: ResponseHeaders, flags: number, raw: readonly string[]): void {
    this.#session.peer.responded(this.#call.deadline.clock.now());
    this.#headers = headers;
    const failure = headers["grpc-status"] === undefined ? notGrpcFailure(headers) : undefined;
    if (failure !== undefined) this.#fail(failure);
    else if ((flags & END_STREAM) !== 0) this.#finish(headers, [], raw);
    else if (this.#call.onMetadata !== undefined) this.#metadata = pairs(raw);
  }

  received(chunk: Uint8Array): void {
    try {
      if (this.#reader.isLarge) this.#readTimed(chunk);
      else this.#reader.push(chunk);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#finishLater !== undefined && this.#stream.readableLength === 0) this.#finishLater();
  }

  trailed(trailers: ResponseHeaders, raw: readonly string[]): void {
    if (this.#stream.readableLength === 0) this.#finish(trailers, this.#metadata, raw);
    else this.#finishLater = () => this.#finish(trailers, this.#metadata, raw);
  }

  failed(error: unknown): void {
    this.#error = error;
  }

  closed(): void {
    const { id, rstCode, sentHeaders } = this.#stream;
    const headers = this.#headers;
    const hasBegun = headers !== undefined;
    // The daemon ends a call at its deadline, too, and is first if this process is late. `canceled` was called then.
    if (rstCode === CANCEL && !this.#session.gone && this.#call.deadline.cancellation !== undefined) return;
    // A status in the headers, followed by a message without trailers: unusual, but complete.
    if (rstCode === 0 && headers?.["grpc-status"] !== undefined) this.#finish(headers, this.#metadata, []);
    else {
      const lost = { id, resetCode: rstCode, hasBegun, error: this.#error, sentHeaders };
      this.#fail(lostStreamFailure(lost, this.#session));
    }
  }

  canceled(cancellation: Cancellation): void {
    const isStuck = this.#stream.writableLength > STUCK_BYTES;
    this.#fail(canceledFailure(cancellation, "no-answer"));
    // The peer may be frozen, or the connection may be lost without Node noticing. So new calls use another connection.
    // A program may also abort all its calls long before their deadlines. And bytes that the peer does not read would
    // keep the process alive.
    const isSilent = this.#session.peer.unanswered(this.#sentAtMs, this.#call.deadline.clock.now());
    if (isStuck || isSilent || cancellation.code === "deadline_exceeded") this.#session.retire();
  }

  #readTimed(chunk: Uint8Array): void {
    const { clock } = this.#call.deadline;
    const startMs = clock.now();
    this.#reader.push(chunk);
    this.#turnMs += clock.now() - startMs;
    if (this.#turnMs <= TURN_MS) return;
    this.#turnMs = 0;
    pauseForTurn(this.#stream);
  }

  #finish(status: ResponseHeaders, header: Metadata, rawTrailer: readonly string[]): void {
    this.#isComplete = true;
    const { onMetadata } = this.#call;
    if (onMetadata !== undefined) onMetadata(header, pairs(rawTrailer));
    const failure = statusFailure(status);
    if (failure !== undefined) this.#fail(failure);
    else this.#decode();
  }

  #decode(): void {
    try {
      const value = this.#reader.end();
      this.#settle();
      this.#resolve(value);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(failure: unknown): void {
    this.#settle();
    this.#reject(failure);
  }

  #settle(): void {
    unlisten(this.#stream);
    this.#call.deadline.onCancel(undefined);
    const stream = this.#stream;
    // Nobody waits for the rest of the exchange, so the peer can stop too.
    if (!stream.closed && !(this.#isComplete && stream.writableFinished)) resetLater(stream);
    this.#session.release();
  }
}

function pairs(raw: readonly string[]): Metadata {
  const result: [string, string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const key = raw[i] ?? "";
    if (!key.startsWith(":")) result.push([key, raw[i + 1] ?? ""]);
  }
  return result;
}
