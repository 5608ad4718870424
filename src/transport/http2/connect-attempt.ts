import type { ClientHttp2Session } from "node:http2";
import type { RpcFailure } from "../../rpc/failure.js";
import { outsideCalls } from "../../util/outside-calls.js";
import { type Endpoint, isDialed, pathOf, reachesOneDaemon, socketFileOf } from "../endpoint.js";
import type { ByteStream } from "../open/byte-stream.js";
import { connectFailure, handshakeFailure, pathFailure, protocolFailure } from "../open/connect-failure.js";
import { errorOfCaller } from "../open/dial-reason.js";
import { speaksHttp2 } from "../open/open-socket.js";
import { openStream } from "../open/open-stream.js";
import { identifyFile } from "../open/socket-file.js";
import { Session } from "./session.js";
import { startHttp2 } from "./start-http2.js";

/** The end of a {@link ConnectAttempt}: exactly one of these is called, unless it is canceled first. */
interface ConnectListener {
  ready(session: Session): void;
  failed(failure: RpcFailure): void;
}

/**
 * One attempt to connect. It succeeds when the peer's first SETTINGS frame has arrived. An open socket is not enough:
 * the system also accepts connections for a daemon that is frozen, and the peer may not speak gRPC.
 */
export class ConnectAttempt {
  /** When it began, by the clock of the pool. */
  readonly startedAtMs: number;
  /** The identity of the socket's file before the attempt, if there is one. */
  readonly file: string | undefined;
  readonly #endpoint: Endpoint;
  readonly #listener: ConnectListener;
  #stopOpening: (() => void) | undefined;
  #stream: ByteStream | undefined;
  #session: ClientHttp2Session | undefined;
  #settled = false;
  #keepsAlive = true;
  #stalled = false;

  constructor(endpoint: Endpoint, startedAtMs: number, listener: ConnectListener) {
    this.startedAtMs = startedAtMs;
    this.#endpoint = endpoint;
    this.#listener = listener;
    const path = socketFileOf(endpoint);
    this.file = path === undefined ? undefined : identifyFile(path);
    // Deferred, so that the listener never runs before the constructor has returned. By a promise, because the fake
    // timers of Jest replace `process.nextTick`.
    outsideCalls(() => void Promise.resolve().then(() => this.#start()));
  }

  /** Whether a call has ended while it waited for this attempt, which may lead nowhere. */
  get stalled(): boolean {
    return this.#stalled;
  }

  /** Whether the caller's function dials: it has begun, and there is no stream yet. */
  get isDialing(): boolean {
    return this.#stopOpening !== undefined && this.#stream === undefined;
  }

  /** Whether the host has not answered yet, so that there is no connection on which the peer could be silent. */
  get isUnanswered(): boolean {
    return pathOf(this.#endpoint) === undefined && this.#stream?.connecting === true;
  }

  /**
   * Notes that a call has waited in vain. While the caller's function dials, the attempt does not count as stalled,
   * because a second one would call that function again.
   */
  callExpired(): void {
    this.#stalled = !this.isDialing;
  }

  /** Says whether the attempt keeps the process alive. */
  keepAlive(on: boolean): void {
    this.#keepsAlive = on;
    if (on) this.#stream?.ref?.();
    else this.#stream?.unref?.();
  }

  /** Stops the attempt without a call of the listener; does nothing after the listener was called. */
  cancel(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#discard();
  }

  #start(): void {
    if (this.#settled) return;
    const failure = pathFailure(this.#endpoint);
    if (failure !== undefined) this.#fail(failure);
    else this.#open();
  }

  #open(): void {
    this.#stopOpening = openStream(this.#endpoint, {
      created: (stream) => this.#watch(stream),
      opened: (stream) => this.#opened(stream),
      failed: (error) => this.#fail(connectFailure(error, this.#endpoint)),
    });
  }

  #watch(stream: ByteStream): void {
    this.#stream = stream;
    if (!this.#keepsAlive) stream.unref?.();
    // The listener stays, because an error event without a listener is fatal. The session reports most errors once it
    // exists, but not the rejection of the client's certificate by a peer with TLS 1.3, which comes after the
    // handshake.
    stream.on("error", (error) => this.#fail(this.#failure(stream, error)));
    stream.once("close", () => this.#closed());
    if (isDialed(this.#endpoint)) this.#endWithEitherDirection(stream);
  }

  #closed(): void {
    if (this.#session === undefined) this.#fail(connectFailure(new Error("the connection was closed"), this.#endpoint));
  }

  // With one direction closed, no response can come any more. Node does not notice the end of the writable side, and
  // after the end of the readable side it ends the process (ERR_INTERNAL_ASSERTION) if HTTP/2 writes before all is
  // flushed. HTTP/2 is ended here because a stream with `emitClose: false` does not tell it that it is destroyed.
  #endWithEitherDirection(stream: ByteStream): void {
    const ended = () => {
      stream.destroy();
      process.nextTick(() => {
        this.#session?.destroy();
        this.#closed();
      });
    };
    stream.once("end", ended);
    stream.once("finish", ended);
  }

  #failure(stream: ByteStream, error: unknown): RpcFailure {
    const ofCaller = isDialed(this.#endpoint) ? errorOfCaller(stream) : undefined;
    if (this.#session === undefined || ofCaller !== undefined) return connectFailure(ofCaller ?? error, this.#endpoint);
    return handshakeFailure(this.#endpoint, stream.bytesRead, error);
  }

  #opened(stream: ByteStream): void {
    if (this.#settled) return;
    if (speaksHttp2(stream, this.#endpoint)) this.#startHttp2(stream);
    else this.#fail(protocolFailure(this.#endpoint));
  }

  #startHttp2(stream: ByteStream): void {
    const session = startHttp2(this.#endpoint, stream);
    this.#session = session;
    const broken = (error?: unknown) => this.#fail(this.#failure(stream, error));
    session.on("error", broken);
    session.once("close", broken);
    session.once("remoteSettings", () => {
      if (this.#settled) return;
      this.#settled = true;
      this.#listener.ready(new Session(session, stream, reachesOneDaemon(this.#endpoint)));
    });
  }

  #fail(failure: RpcFailure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#discard();
    this.#listener.failed(failure);
  }

  #discard(): void {
    this.#stopOpening?.();
    this.#session?.destroy();
    this.#stream?.destroy();
  }
}
