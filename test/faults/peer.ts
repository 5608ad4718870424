import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createRequest } from "../../src/codec/requests.js";
import { fieldsOf } from "../../src/codec/scan.js";
import { bytesField, intField } from "../support/encoded-fields.js";
import { type LocalAddress, localAddress } from "../support/local-address.js";
import {
  data,
  type Field,
  FLAG,
  FRAME,
  FrameReader,
  goAway,
  grpcMessage,
  headers,
  longHeaders,
  type ReceivedFrame,
  reset,
  settings,
  settingsAck,
} from "./frames.js";

const PREFACE_BYTES = 24;
// What HTTP/2 begins with for a connection, and what this client asks for in its SETTINGS for each stream.
const CONNECTION_WINDOW_BYTES = 65_535;
const STREAM_WINDOW_BYTES = 1 << 20;

/** The digest in {@link image}. */
export const digest = `sha256:${"0".repeat(64)}`;

const record = createRequest(
  {
    name: "app:1",
    labels: {},
    target: { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 7, annotations: {} },
  },
  undefined,
).bytes;

/** The response to every request that succeeds; for `delete` its fields are unknown ones. */
export function imageCreatedAt(date: string): Uint8Array {
  const timestamp = intField(1, Date.parse(date) / 1_000);
  return bytesField(1, ...fieldsOf(record, 1), bytesField(7, timestamp), bytesField(8, timestamp));
}

export const image: Uint8Array = imageCreatedAt("2020-01-01");

export const okHeaders: readonly Field[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];
export const okTrailers: readonly Field[] = [["grpc-status", "0"]];

/** What a misbehaving server does. Everything that is left out, it does correctly. */
export interface Behaviour {
  /** A new connection, the `count`-th; the default sends SETTINGS. */
  readonly greet?: (connection: PeerConnection, count: number) => unknown;
  /** The headers of a request, the `count`-th. Its message may not have arrived yet. */
  readonly begin?: (stream: PeerStream, count: number) => unknown;
  /** A whole request, the `count`-th; the default is a correct response. */
  readonly answer?: (stream: PeerStream, count: number) => unknown;
  /** Whether it acknowledges the client's settings and pings. */
  readonly mute?: boolean;
}

export interface PeerOptions {
  /** Where to listen; another peer there loses the path. */
  readonly path?: string | undefined;
  /** The image in a correct response. */
  readonly image?: Uint8Array | undefined;
}

/** A server on a Unix socket (on Windows a pipe), without an HTTP/2 library, so that a test decides every byte. */
export class Peer implements Disposable {
  readonly path: string;
  /** Connections that are open now. */
  readonly open = new Set<PeerConnection>();
  readonly #own: LocalAddress = localAddress();
  readonly #server: Server;
  readonly #behaviour: Behaviour;
  readonly #image: Uint8Array;
  #connections = 0;
  #requests = 0;

  private constructor(behaviour: Behaviour, { path, image: answer = image }: PeerOptions) {
    this.#behaviour = behaviour;
    this.#image = answer;
    this.path = path ?? this.#own.path;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  static async start(behaviour: Behaviour, options: PeerOptions = {}): Promise<Peer> {
    const peer = new Peer(behaviour, options);
    await peer.listen();
    return peer;
  }

  /** Listens, after {@link deafen} once more. */
  async listen(): Promise<void> {
    if (process.platform !== "win32") rmSync(this.path, { force: true });
    this.#server.listen(this.path);
    await once(this.#server, "listening");
  }

  /** Listens no more and removes its socket; connections stay as they are. */
  deafen(): void {
    this.#server.close();
  }

  /** How many connections were made so far. */
  get connections(): number {
    return this.#connections;
  }

  stop(): void {
    this.deafen();
    for (const connection of this.open) connection.close();
    this.#own[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #accept(socket: Socket): void {
    this.#connections += 1;
    const connection: PeerConnection = new PeerConnection(socket, {
      image: this.#image,
      mute: this.#behaviour.mute ?? false,
      begin: (stream) => this.#begin(stream),
      answer: (stream) => this.#answer(stream),
    });
    this.open.add(connection);
    socket.once("close", () => this.open.delete(connection));
    const { greet = sendSettings } = this.#behaviour;
    greet(connection, this.#connections);
  }

  #begin(stream: PeerStream): void {
    this.#requests += 1;
    stream.count = this.#requests;
    this.#behaviour.begin?.(stream, stream.count);
  }

  #answer(stream: PeerStream): void {
    const { answer = (good: PeerStream) => good.ok() } = this.#behaviour;
    answer(stream, stream.count);
  }
}

export function sendSettings(connection: PeerConnection): PeerConnection {
  return connection.send(settings());
}

interface ConnectionEvents {
  readonly image: Uint8Array;
  readonly mute: boolean;
  readonly begin: (stream: PeerStream) => void;
  readonly answer: (stream: PeerStream) => void;
}

/** One connection of a {@link Peer}. */
export class PeerConnection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader(PREFACE_BYTES);
  /** The error codes of streams that the client has reset. */
  readonly resets: number[] = [];
  readonly #streams = new Map<number, PeerStream>();
  #heard: (() => void) | undefined;
  /** The flow-control window of each stream; stream 0 is the connection. */
  readonly #windows = new Map([[0, CONNECTION_WINDOW_BYTES]]);
  /** Of the responses that wait until they can go on: how to wake each. */
  readonly #waiting: (() => void)[] = [];

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on("error", () => {}); // the client may close at any time
    socket.on("data", (chunk) => this.#read(chunk));
    for (const event of ["drain", "close"]) socket.on(event, () => this.#wake());
  }

  /** Sends bytes; they arrive together. */
  send(...bytes: readonly Uint8Array[]): this {
    if (!this.#socket.writable) return this;
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork();
      process.nextTick(() => this.#socket.uncork());
    }
    this.#socket.write(Buffer.concat(bytes));
    return this;
  }

  /** Sends each byte in a packet of its own. */
  async dribble(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) {
      this.send(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends DATA frames of so many bytes, as fast as the client takes them, until all are sent or it has gone. */
  async flood(streamId: number, payload: Uint8Array, frameBytes: number): Promise<void> {
    let at = 0;
    while (at < payload.length && this.#socket.writable) {
      const length = Math.min(payload.length - at, this.#take(streamId, BURST_BYTES));
      const isTaken =
        length > 0 && this.#socket.write(dataFrames(streamId, payload.subarray(at, at + length), frameBytes));
      if (!isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      at += length;
    }
  }

  #take(streamId: number, atMost: number): number {
    const [connection = 0, stream = STREAM_WINDOW_BYTES] = [this.#windows.get(0), this.#windows.get(streamId)];
    const length = Math.min(atMost, connection, stream);
    this.#windows.set(0, connection - length).set(streamId, stream - length);
    return length;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #grow(streamId: number, bytes: number): void {
    const initial = streamId === 0 ? CONNECTION_WINDOW_BYTES : STREAM_WINDOW_BYTES;
    this.#windows.set(streamId, (this.#windows.get(streamId) ?? initial) + bytes);
    this.#wake();
  }

  /** Ends the socket after everything was sent. */
  end(): void {
    this.#socket.end();
  }

  /** Closes the socket at once. */
  close(): void {
    this.#socket.destroy();
  }

  /** Runs `action` when the client has sent something. */
  onceHeard(action: () => void): void {
    this.#heard = action;
  }

  #read(chunk: Buffer): void {
    const heard = this.#heard;
    this.#heard = undefined;
    heard?.();
    for (const received of this.#reader.push(chunk)) this.#handle(received);
  }

  #handle({ type, flags, streamId, payload }: ReceivedFrame): void {
    if (!this.#events.mute && (flags & FLAG.ack) === 0) {
      if (type === FRAME.settings) this.send(settingsAck);
      if (type === FRAME.ping) this.send(pong(payload));
    }
    if (type === FRAME.headers) this.#begin(streamId);
    if (type === FRAME.windowUpdate) this.#grow(streamId, payload.readUInt32BE());
    if (type === FRAME.reset) this.resets.push(payload.readUInt32BE());
    const isRequest = type === FRAME.headers || type === FRAME.data;
    const stream = this.#streams.get(streamId);
    if (isRequest && stream !== undefined && (flags & FLAG.endStream) !== 0) this.#events.answer(stream);
  }

  #begin(streamId: number): void {
    const stream = new PeerStream(this, streamId, this.#events.image);
    this.#streams.set(streamId, stream);
    this.#events.begin(stream);
  }
}

const BURST_BYTES = 64 << 10;

function dataFrames(streamId: number, payload: Uint8Array, frameBytes: number): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < payload.length; at += frameBytes) {
    frames.push(data(streamId, payload.subarray(at, at + frameBytes)));
  }
  return Buffer.concat(frames);
}

function pong(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 8, FRAME.ping, FLAG.ack, 0, 0, 0, 0]), payload]);
}

/** One request of a {@link Peer}. */
export class PeerStream {
  readonly connection: PeerConnection;
  readonly id: number;
  /** Which request of the peer this is, from 1. */
  count = 0;
  readonly #image: Uint8Array;

  constructor(connection: PeerConnection, id: number, answer: Uint8Array) {
    this.connection = connection;
    this.id = id;
    this.#image = answer;
  }

  /** Sends a correct response. */
  ok(): this {
    return this.headers().message().trailers();
  }

  headers(fields: readonly Field[] = okHeaders, flags = 0): this {
    return this.send(headers(this.id, fields, flags));
  }

  longHeaders(fields: readonly Field[], flags = 0): this {
    return this.send(longHeaders(this.id, fields, flags));
  }

  message(message = this.#image): this {
    return this.data(grpcMessage(message));
  }

  data(payload: Uint8Array, flags = 0): this {
    return this.send(data(this.id, payload, flags));
  }

  /** Sends a correct response with this message, in DATA frames of so many bytes, as fast as the client reads it. */
  async flood(message: Uint8Array, frameBytes = 16_384): Promise<void> {
    this.headers();
    await this.connection.flood(this.id, grpcMessage(message), frameBytes);
    this.trailers();
  }

  trailers(fields: readonly Field[] = okTrailers): this {
    return this.headers(fields, FLAG.endStream);
  }

  reset(code: number): this {
    return this.send(reset(this.id, code));
  }

  goAway(lastStreamId: number, code: number, debug = ""): this {
    return this.send(goAway(lastStreamId, code, debug));
  }

  send(...bytes: readonly Uint8Array[]): this {
    this.connection.send(...bytes);
    return this;
  }

  /** Ends the connection after what was sent. */
  end(): this {
    this.connection.end();
    return this;
  }
}
