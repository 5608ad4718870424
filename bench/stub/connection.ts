import type { Socket } from "node:net";
import {
  ACK,
  DATA,
  END_HEADERS,
  END_STREAM,
  FRAME_HEADER_BYTES,
  type Frame,
  FrameReader,
  frame,
  frameHeader,
  HEADERS,
  INITIAL_WINDOW_SIZE,
  MAX_FRAME_BYTES,
  PING,
  SETTINGS,
  WINDOW_UPDATE,
} from "./frames.js";

const GRPC_PREFIX_BYTES = 5;
const DEFAULT_WINDOW_BYTES = 65_535;
const OWN_WINDOW_BYTES = 2 ** 31 - 1 - DEFAULT_WINDOW_BYTES;
// `:status: 200` from HPACK's static table, then literals that are not indexed.
const responseHeaders = Buffer.concat([Buffer.of(0x88), literal("content-type", "application/grpc")]);
const trailers = Buffer.concat([literal("grpc-status", "0"), literal("grpc-message", "")]);
const rejection = Buffer.concat([responseHeaders, literal("grpc-status", "8"), literal("grpc-message", "too large")]);

/** What the stub responds: a message, or `resource_exhausted`, as a server to a list that is too large. */
export type Response = { readonly body: Buffer; readonly whole: Buffer | undefined } | "rejected";

/** A response with a message, made ready to be sent. */
export function respondWith(message: Uint8Array): Response {
  const body = withPrefix(message);
  // A whole response, if it fits into one DATA frame; the stream's number has to be filled in three times.
  return { body, whole: body.length <= MAX_FRAME_BYTES ? wholeAnswer(body) : undefined };
}

/** A response that has not been sent completely. */
interface Answer {
  readonly streamId: number;
  readonly body: Buffer;
  window: number;
  sent: number;
}

/**
 * Responds to the requests on a connection with these responses, one after the other and from the first again, as fast
 * as Node can. It does not even decode request headers. It respects the peer's windows.
 */
export function answerAll(socket: Socket, responses: readonly Response[]): void {
  const connection = new Connection(socket, responses);
  socket.on("data", (chunk: Buffer) => connection.receive(chunk));
  socket.on("error", () => socket.destroy());
}

class Connection {
  readonly #socket: Socket;
  readonly #responses: readonly Response[];
  readonly #reader = new FrameReader();
  readonly #waiting = new Map<number, Answer>();
  #next = 0;
  #window = DEFAULT_WINDOW_BYTES;
  #streamWindow = DEFAULT_WINDOW_BYTES;

  constructor(socket: Socket, responses: readonly Response[]) {
    this.#socket = socket;
    this.#responses = responses;
    socket.write(frame(SETTINGS, 0, 0, Buffer.alloc(0)));
    const increment = Buffer.alloc(4);
    increment.writeUInt32BE(OWN_WINDOW_BYTES);
    socket.write(frame(WINDOW_UPDATE, 0, 0, increment));
  }

  receive(chunk: Buffer): void {
    this.#socket.cork();
    for (const received of this.#reader.read(chunk)) this.#handle(received);
    this.#flush();
    this.#socket.uncork();
  }

  #handle({ type, flags, streamId, payload }: Frame): void {
    if (type === DATA && (flags & END_STREAM) !== 0) this.#answer(streamId);
    else if (type === SETTINGS && (flags & ACK) === 0) this.#configure(payload);
    else if (type === PING && (flags & ACK) === 0) this.#socket.write(frame(PING, ACK, 0, payload));
    else if (type === WINDOW_UPDATE) this.#widen(streamId, payload.readUInt32BE(0));
  }

  #configure(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) === INITIAL_WINDOW_SIZE) this.#streamWindow = payload.readUInt32BE(at + 2);
    }
    this.#socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
  }

  #widen(streamId: number, increment: number): void {
    const answer = this.#waiting.get(streamId);
    if (streamId === 0) this.#window += increment;
    else if (answer !== undefined) answer.window += increment;
  }

  #answer(streamId: number): void {
    const response = this.#responses[this.#next++ % this.#responses.length] ?? "rejected";
    if (response === "rejected") {
      this.#socket.write(frame(HEADERS, END_HEADERS | END_STREAM, streamId, rejection));
      return;
    }
    const { body, whole } = response;
    if (whole !== undefined && this.#waiting.size === 0 && this.#window >= body.length) {
      this.#window -= body.length;
      this.#socket.write(numbered(whole, body.length, streamId));
      return;
    }
    this.#socket.write(frame(HEADERS, END_HEADERS, streamId, responseHeaders));
    this.#waiting.set(streamId, { streamId, body, window: this.#streamWindow, sent: 0 });
  }

  #flush(): void {
    for (const answer of this.#waiting.values()) {
      this.#send(answer);
      if (answer.sent < answer.body.length) continue;
      this.#waiting.delete(answer.streamId);
      this.#socket.write(frame(HEADERS, END_HEADERS | END_STREAM, answer.streamId, trailers));
    }
  }

  #send(answer: Answer): void {
    for (;;) {
      const rest = answer.body.length - answer.sent;
      const size = Math.min(rest, this.#window, answer.window, MAX_FRAME_BYTES);
      if (size <= 0) return;
      this.#socket.write(frameHeader(DATA, 0, answer.streamId, size));
      this.#socket.write(answer.body.subarray(answer.sent, answer.sent + size));
      answer.sent += size;
      answer.window -= size;
      this.#window -= size;
    }
  }
}

function wholeAnswer(body: Buffer): Buffer {
  return Buffer.concat([
    frame(HEADERS, END_HEADERS, 0, responseHeaders),
    frame(DATA, 0, 0, body),
    frame(HEADERS, END_HEADERS | END_STREAM, 0, trailers),
  ]);
}

function numbered(answer: Buffer, bodyLength: number, streamId: number): Buffer {
  const bytes = Buffer.from(answer);
  const data = FRAME_HEADER_BYTES + responseHeaders.length;
  for (const start of [0, data, data + FRAME_HEADER_BYTES + bodyLength]) bytes.writeUInt32BE(streamId, start + 5);
  return bytes;
}

function withPrefix(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(GRPC_PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** A header that is not indexed, as plain text; both parts under 127 bytes. */
function literal(name: string, value: string): Buffer {
  return Buffer.from(`\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`);
}
