import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { RpcFailure } from "../../rpc/failure.js";
import { type Endpoint, socketFileOf } from "../endpoint.js";
import { connectFailure, handshakeFailure, pathFailure, protocolFailure } from "./connect-failure.js";
import { openSocket, speaksHttp2 } from "./open-socket.js";
import { outsideCalls } from "./outside-calls.js";
import { Session, startHttp2 } from "./session.js";
import { identifyFile } from "./socket-file.js";

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
  /** Whether the deadline of a call passed while the call waited for this attempt. */
  stalled = false;
  /** The identity of the socket's file before the attempt, if there is one. */
  readonly file: string | undefined;
  readonly #endpoint: Endpoint;
  readonly #listener: ConnectListener;
  #socket: Socket | undefined;
  #session: ClientHttp2Session | undefined;
  #settled = false;
  #keepsAlive = true;

  constructor(endpoint: Endpoint, startedAtMs: number, listener: ConnectListener) {
    this.startedAtMs = startedAtMs;
    this.#endpoint = endpoint;
    this.#listener = listener;
    const path = socketFileOf(endpoint);
    this.file = path === undefined ? undefined : identifyFile(path);
    // Deferred, so that the listener never runs before the constructor has returned.
    outsideCalls(() => process.nextTick(() => this.#start()));
  }

  /** Says whether the attempt keeps the process alive. */
  keepAlive(on: boolean): void {
    this.#keepsAlive = on;
    if (on) this.#socket?.ref();
    else this.#socket?.unref();
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
    try {
      const socket = openSocket(this.#endpoint, (opened) => this.#opened(opened));
      this.#socket = socket;
      if (!this.#keepsAlive) socket.unref();
      this.#watch(socket);
    } catch (error) {
      this.#fail(connectFailure(error, this.#endpoint));
    }
  }

  #watch(socket: Socket): void {
    // The listener stays, because an error event without a listener is fatal. The session reports most errors once it
    // exists, but not the rejection of the client's certificate by a peer with TLS 1.3, which comes after the
    // handshake.
    socket.on("error", (error) => this.#fail(this.#failure(socket, error)));
    socket.once("close", () => {
      if (this.#session === undefined)
        this.#fail(connectFailure(new Error("the connection was closed"), this.#endpoint));
    });
  }

  #failure(socket: Socket, error: unknown): RpcFailure {
    if (this.#session === undefined) return connectFailure(error, this.#endpoint);
    return handshakeFailure(this.#endpoint, socket.bytesRead, error);
  }

  #opened(socket: Socket): void {
    if (this.#settled) return;
    if (speaksHttp2(socket)) this.#startHttp2(socket);
    else this.#fail(protocolFailure(this.#endpoint));
  }

  #startHttp2(socket: Socket): void {
    const session = startHttp2(this.#endpoint, socket);
    this.#session = session;
    const broken = (error?: unknown) => this.#fail(this.#failure(socket, error));
    session.on("error", broken);
    session.once("close", broken);
    session.once("remoteSettings", () => {
      if (this.#settled) return;
      this.#settled = true;
      const ready = new Session(session, socket);
      session.off("error", broken);
      session.off("close", broken);
      this.#listener.ready(ready);
    });
  }

  #fail(failure: RpcFailure): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#discard();
    this.#listener.failed(failure);
  }

  #discard(): void {
    this.#session?.destroy();
    this.#socket?.destroy();
  }
}
